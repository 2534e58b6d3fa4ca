import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import sharp from 'sharp';
import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { arrive } from './helpers/arrivals';
import { expect, finished, type Netra, ready, signIn, startRun, test, until } from './helpers/netra';
import { paintCamp } from './helpers/photographs';
import { laptopSize, shoot } from './helpers/screenshots';
import { WORDS } from './helpers/words';

/** Doctors in the reading room, by key as they work. */

/** The photograph in front of the reader is drawn, and everything before it is stored. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator('canvas[data-state="ready"]').first()).toBeVisible();
  await expect(page.locator('[data-saving="0"]')).toBeVisible();
}

async function room(page: Page, ...parts: string[]): Promise<void> {
  await page.evaluate(
    (hash) => {
      location.hash = hash;
    },
    `#/room/${parts.join('/')}`,
  );
}

async function answerWith(page: Page, ...keys: string[]): Promise<void> {
  await settled(page);
  for (const key of keys) await page.keyboard.press(key);
}

async function answered(page: Page, count: number): Promise<void> {
  await expect(page.locator(`[data-answered="${count}"]`)).toBeVisible();
}

/** Behind the last photograph, and everything is stored. */
async function allDone(page: Page): Promise<void> {
  await expect(page.getByText(WORDS.reading_all_done)).toBeVisible();
  await expect(page.locator('[data-saving="0"]')).toBeVisible();
}

test('a series: two readers by key, undo, an urgent finding, a disagreement, the decision, the labels', async ({ launch, folder }) => {
  const netra = await launch({ accounts: 'staffed' });
  const { page } = netra;
  await laptopSize(netra);
  await signIn(netra, 'admin');
  await ready(netra);
  const camp = await paintCamp(join(folder, 'camp'), 2);
  const { id } = await startRun(netra, camp);
  await finished(netra, id);

  await room(page, 'campaigns', 'new');
  await page.getByText(WORDS.campaign_consent).click();
  await page.getByText('Dr. Anand Rao').click();
  await page.getByText('Dr. Leela Iyer').click();
  await page.getByLabel(WORDS.campaign_adjudicator).click();
  await page.getByRole('option', { name: 'Dr. John Mathew' }).click();
  await expect(page.getByText('4 photographs')).toBeVisible();
  await shoot(netra, 'reading-series');
  await page.getByRole('button', { name: WORDS.campaign_create }).click();
  await expect(page.getByRole('heading', { name: 'Series 1' })).toBeVisible();

  await signIn(netra, 'doctor');
  await room(page, 'reading');
  await page.getByRole('button', { name: WORDS.reading_begin, exact: true }).click();
  await settled(page);
  // Nothing of the photograph's identity is on the screen or in its address.
  await expect(page.locator('body')).not.toContainText(/10\d_(?:left|right)|\.jpg/);
  await answerWith(page, '2');
  await expect(page.getByText(WORDS.reading_save_hint)).toBeVisible();
  // Looking up a key takes nothing away.
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('?');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByText(WORDS.reading_save_hint)).toBeVisible();
  await page.keyboard.press('a');
  await page.keyboard.press('q');
  await expect(page.getByText(WORDS.lesion_rule_microaneurysms_only)).toBeVisible();
  await expect(page.getByText(WORDS.reading_contradiction)).toBeVisible();
  await page.keyboard.press('w');
  await expect(page.getByText(WORDS.lesion_rule_more_than_microaneurysms)).toBeVisible();
  await shoot(netra, 'reading');
  await page.keyboard.press('Space');
  await page.keyboard.press('2');
  await answered(page, 1);
  // Undo shows the answer as it was given; the same key keeps it.
  await page.keyboard.press('z');
  await expect(page.getByText(WORDS.reading_undoing)).toBeVisible();
  await page.keyboard.press('1');
  await page.keyboard.press('1');
  await expect(page.getByText(WORDS.reading_undoing)).toHaveCount(0);
  await answerWith(page, '1', '1');
  await answered(page, 2);
  await settled(page);
  await page.keyboard.press('e');
  await expect(page.getByText(WORDS.reading_urgent_sent)).toBeVisible();
  await answerWith(page, '1', '1');
  await answered(page, 3);
  await answerWith(page, 'q', '2', 'Space');
  await expect(page.getByText(WORDS.reading_all_done)).toBeVisible();

  await signIn(netra, 'doctor-two');
  await room(page, 'reading');
  await page.getByRole('button', { name: WORDS.reading_begin, exact: true }).click();
  for (let count = 1; count <= 3; count++) {
    await answerWith(page, '1', '1');
    await answered(page, count);
  }
  await answerWith(page, '1', '1');
  await expect(page.getByText(WORDS.reading_all_done)).toBeVisible();

  // One photograph differs: the third doctor answers blind first, then compares and decides.
  await signIn(netra, 'doctor-three');
  await room(page, 'reading');
  await page.getByRole('button', { name: WORDS.reading_begin, exact: true }).click();
  await expect(page.getByText(WORDS.reading_decide_blind)).toBeVisible();
  await answerWith(page, '1', '1');
  await expect(page.getByText(WORDS.reading_decide_now).first()).toBeVisible();
  await expect(page.getByRole('columnheader', { name: 'Reader A' })).toBeVisible();
  await expect(page.locator('body')).not.toContainText(/Anand|Leela/);
  await shoot(netra, 'reading-decide');
  await page.keyboard.press('Space');
  await expect(page.getByText(WORDS.reading_all_done)).toBeVisible();

  await signIn(netra, 'admin');
  const [campaign] = await netra.ask('listCampaigns', {});
  const detail = await netra.ask('campaignDetail', { campaignId: campaign?.campaignId ?? '' });
  expect(detail.labels).toEqual({ agreed: 3, adjudicated: 1, waiting: 0 });
  const { readers } = await netra.ask('campaignChoices', {});
  await netra.ask('setClinicalLead', { userId: readers.find(({ name }) => name.includes('Mathew'))?.userId ?? null });
  await signIn(netra, 'doctor-three');
  await room(page, 'campaigns');
  await page.getByRole('button', { name: WORDS.alert_open }).click();
  await expect(page.getByText(/^Patient /)).toBeVisible();
  await page.getByRole('button', { name: WORDS.alert_patient_called }).click();
  await expect(page.getByText(WORDS.alert_waiting)).toHaveCount(0);
});

/** How bright the photograph in front of the reader is drawn, 0..255. */
async function brightness(page: Page): Promise<number> {
  const { channels } = await sharp(await page.locator('canvas').first().screenshot()).stats();
  return channels.slice(0, 3).reduce((sum, { mean }) => sum + mean, 0) / 3;
}

async function magnification(page: Page): Promise<number> {
  return parseInt((await page.locator('.zoom').first().textContent()) ?? '', 10);
}

interface Distance {
  x: number;
  y: number;
}

/** Drags the photograph in front of the reader with the left button. */
async function drag(page: Page, { x, y }: Distance): Promise<void> {
  const stage = await page.locator('canvas').first().boundingBox();
  if (stage === null) throw new Error('no photograph');
  const from = { x: stage.x + stage.width / 2, y: stage.y + stage.height / 2 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + x / 2, from.y + y / 2);
  await page.mouse.move(from.x + x, from.y + y);
  await page.mouse.up();
}

/** What is drawn afterwards is what was drawn before, moved by so many pixels of the screen. */
async function movesBy(page: Page, { x, y }: Distance, act: () => Promise<void>): Promise<void> {
  const canvas = page.locator('canvas').first();
  const before = await canvas.screenshot();
  await act();
  const { width, height } = await sharp(before).metadata();
  // Away from the figure in the corner, which does not move.
  const common = { width: width - Math.abs(x), height: height - Math.abs(y) - 40 };
  const part = (png: Buffer, left: number, top: number): Promise<Buffer> =>
    sharp(png)
      .extract({ left, top, ...common })
      .greyscale()
      .raw()
      .toBuffer();
  const expected = await part(before, Math.max(0, -x), Math.max(0, -y));
  await expect
    .poll(async () => {
      const now = await part(await canvas.screenshot(), Math.max(0, x), Math.max(0, y));
      return now.reduce((sum, value, at) => sum + Math.abs(value - (expected[at] ?? 0)), 0) / now.length;
    })
    .toBeLessThan(0.7);
}

test('rounds until the readers agree, the photograph looked at closely, a correction that changes no label; then practice and its pass mark', async ({
  launch,
  folder,
}) => {
  const netra = await launch({ accounts: 'staffed' });
  const { page } = netra;
  await signIn(netra, 'admin');
  await ready(netra);
  const { id } = await startRun(netra, await paintCamp(join(folder, 'camp'), 2));
  await finished(netra, id);
  await room(page, 'campaigns', 'new');
  await page.getByText(WORDS.campaign_consent).click();
  await page.getByText('Dr. Anand Rao').click();
  await page.getByText('Dr. Leela Iyer').click();
  await page.getByText(WORDS.campaign_fellow_eye).click();
  // A masked second read of the other eye would have to come before others' answers are shown.
  await page.getByLabel(WORDS.campaign_reread).fill('0');
  await expect(page.getByText('4 photographs')).toBeVisible();
  await page.getByRole('button', { name: WORDS.campaign_create }).click();
  // It is there when all of it is stored.
  await until(async () => (await netra.ask('listCampaigns', {})).length === 1);
  await expect(page.getByText(WORDS.campaign_round_robin)).toBeVisible();
  const campaignId = (await netra.ask('listCampaigns', {}))[0]?.campaignId ?? '';

  await signIn(netra, 'doctor');
  await room(page, 'reading', campaignId);
  await settled(page);
  const fitted = await magnification(page);
  await page.keyboard.press('x');
  await expect.poll(() => magnification(page)).toBe(100);
  await page.keyboard.press('x');
  await expect.poll(() => magnification(page)).toBe(fitted);
  await page.keyboard.press('+');
  await expect.poll(() => magnification(page)).toBeGreaterThan(fitted);
  const zoomed = await magnification(page);
  await page.locator('canvas').first().hover();
  await page.mouse.wheel(0, -240);
  await expect.poll(() => magnification(page)).toBeGreaterThan(zoomed);
  // What is larger than its pane is moved by the mouse and by the arrow keys, and never out of sight.
  await movesBy(page, { x: -40, y: 30 }, () => drag(page, { x: -40, y: 30 }));
  await movesBy(page, { x: 60, y: 0 }, () => page.keyboard.press('ArrowLeft'));
  await movesBy(page, { x: -60, y: 0 }, () => page.keyboard.press('ArrowRight'));
  await movesBy(page, { x: 0, y: 60 }, () => page.keyboard.press('ArrowUp'));
  await movesBy(page, { x: 0, y: -60 }, () => page.keyboard.press('ArrowDown'));
  for (let turn = 0; turn < 30; turn++) await page.keyboard.press('ArrowDown');
  await expect.poll(() => brightness(page)).toBeGreaterThan(5);
  await movesBy(page, { x: 0, y: 0 }, () => page.keyboard.press('ArrowDown'));
  // A whole photograph stays where it is.
  await page.keyboard.press('x');
  await page.keyboard.press('x');
  await movesBy(page, { x: 0, y: 0 }, () => drag(page, { x: 80, y: 50 }));
  const plain = await brightness(page);
  await page.keyboard.press('BracketRight');
  await page.keyboard.press('BracketRight');
  await expect.poll(() => brightness(page)).toBeGreaterThan(plain + 5);
  await page.keyboard.press('c');
  await expect.poll(async () => Math.abs((await brightness(page)) - plain)).toBeLessThan(1);
  await page.keyboard.press('Period');
  await page.keyboard.press('Period');
  await page.keyboard.press('Period');
  await expect.poll(async () => Math.abs((await brightness(page)) - plain)).toBeGreaterThan(1);
  await page.keyboard.press('c');
  await page.keyboard.press('r');
  await expect(page.getByRole('button', { name: `R ${WORDS.window_red_free}` })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('r');
  await page.keyboard.press('v');
  await expect(page.getByRole('figure').filter({ hasText: WORDS.reading_fellow_eye })).toBeVisible();
  await expect(page.locator('canvas[data-state="ready"]')).toHaveCount(2);
  await page.keyboard.press('v');
  for (let count = 1; count <= 4; count++) {
    await answerWith(page, '1', '1');
    if (count < 4) await answered(page, count);
  }
  await allDone(page);

  await signIn(netra, 'doctor-two');
  await room(page, 'reading', campaignId);
  await answerWith(page, '2', '2');
  await answered(page, 1);
  for (let count = 2; count <= 4; count++) {
    await answerWith(page, '1', '1');
    await answered(page, count);
  }
  // One photograph differs: both look again, each seeing what was said, until they agree.
  await signIn(netra, 'doctor');
  await room(page, 'reading', campaignId);
  await expect(page.getByText(WORDS.reading_again)).toBeVisible();
  await expect(page.getByRole('columnheader', { name: WORDS.reading_you })).toBeVisible();
  await answerWith(page, '2', '2');
  await allDone(page);
  await signIn(netra, 'doctor-two');
  await room(page, 'reading', campaignId);
  await expect(page.getByText(WORDS.reading_again)).toBeVisible();
  await answerWith(page, '2', '2');
  await allDone(page);
  const labels = async () => (await netra.ask('campaignDetail', { campaignId })).labels;
  expect(await labels()).toEqual({ agreed: 3, adjudicated: 1, waiting: 0 });

  // Now that all is done the agreement is shown; from then on the last answer is corrected with a reason, and the label stays.
  await netra.ask('campaignAgreement', { campaignId });
  await page.keyboard.press('z');
  await expect(page.getByText(WORDS.reading_unblinded)).toBeVisible();
  await page.keyboard.press('3');
  const save = page.getByRole('button', { name: WORDS.reading_save, exact: true });
  await expect(save).toBeDisabled();
  await page.getByLabel(WORDS.reading_correction_reason).fill('A haemorrhage overlooked');
  await save.click();
  await allDone(page);
  expect(await labels()).toEqual({ agreed: 3, adjudicated: 1, waiting: 0 });

  // A new reader practises: told after each, scored at the end, kept out until a set is passed.
  await signIn(netra, 'admin');
  await room(page, 'campaigns', 'practice');
  await page.getByText('Dr. John Mathew').click();
  await page.getByLabel(WORDS.practice_size).fill('5');
  await page.getByLabel(WORDS.practice_pass_mark).fill('0.7');
  await page.getByRole('button', { name: WORDS.campaign_create }).click();
  await expect(page.getByRole('heading', { name: /Practice/ })).toBeVisible();
  const { readers } = await netra.ask('campaignChoices', {});
  const idOf = (name: string): string => readers.find((reader) => reader.name.includes(name))?.userId ?? '';
  const mathew = idOf('Mathew');
  const serious = await netra.ask('createCampaign', {
    selection: 'all',
    runIds: [],
    size: null,
    consentDeclared: true,
    title: '',
    readerIds: [mathew, idOf('Rao')],
    readersPerImage: 2,
    adjudication: 'round-robin',
    adjudicatorId: null,
    fellowEye: false,
    priorVisit: false,
    rereadPercent: 0,
    washoutDays: 0,
    certifiedOnly: true,
  });
  await signIn(netra, 'doctor-three');
  await room(page, 'reading');
  await expect(page.getByText(WORDS.reading_needs_certificate)).toBeVisible();
  await expect(netra.ask('readingQueue', { campaignId: serious.campaignId, limit: 1 })).rejects.toThrow('reader-not-certified');
  await practise(page, 4);
  await expect(page.getByText(/^Not passed: agreement 0\.00, pass mark 0\.70/)).toBeVisible();
  await signIn(netra, 'admin');
  await netra.ask('createPractice', { readerIds: [mathew], size: 5, passMark: 0 });
  await signIn(netra, 'doctor-three');
  await room(page, 'reading');
  await practise(page, 4);
  await expect(page.getByText(/^Passed: agreement/)).toBeVisible();
  expect((await netra.ask('readingQueue', { campaignId: serious.campaignId, limit: 1 })).items).toHaveLength(1);
});

/** Answers the only practice set that is open with grade 1 throughout, and is told after each. */
async function practise(page: Page, photographs: number): Promise<void> {
  await page
    .getByRole('article')
    .filter({ hasText: /Practice/ })
    .getByRole('button', { name: WORDS.reading_begin, exact: true })
    .and(page.locator(':enabled'))
    .click();
  for (let count = 1; count <= photographs; count++) {
    await answerWith(page, '1', '1');
    await expect(page.getByText(/^(?:As known:|You said )/)).toBeVisible();
    if (count < photographs) await answered(page, count);
  }
  await allDone(page);
}

/** Somebody who consents, with a photograph of each eye. */
async function photographed(netra: Netra, folder: string): Promise<string> {
  const { encounterId } = await arrive(netra, 'Lakshmi');
  mkdirSync(folder, { recursive: true });
  for (const [seed, eye] of (['right', 'left'] as const).entries()) {
    const path = join(folder, `${eye}.jpg`);
    writeFileSync(path, await paintFundus({ sizePx: 400, seed: seed + 1, eye }));
    await netra.ask('captureFiles', { paths: [path], way: 'files', chosenFor: { encounterId, eye, field: null } });
  }
  return encounterId;
}

async function inQueue(netra: Netra): Promise<void> {
  await until(async () => (await netra.ask('clinicalQueue', {})).some((row) => row.photographs === 2));
}

test('the doctor’s queue: a patient with the model hidden, signed, and then the model beside it', async ({ launch, folder }) => {
  const netra = await launch();
  const { page } = netra;
  await laptopSize(netra);
  await ready(netra);
  const encounterId = await photographed(netra, join(folder, 'photos'));
  await inQueue(netra);
  await room(page, 'clinical');
  await page.getByRole('button', { name: WORDS.clinical_read, exact: true }).click();
  await expect(page.getByRole('heading', { name: /Lakshmi/ })).toBeVisible();
  await expect(page.getByText('6/6').first()).toBeVisible();
  // While it is open nothing of the model is to be had anywhere.
  await expect(netra.ask('signedCase', { encounterId })).rejects.toThrow('read-not-answered');
  await expect(netra.ask('encounterView', { encounterId })).rejects.toThrow('not-permitted');
  await page.getByRole('button', { name: `2 ${WORDS.icdr_2}`, exact: true }).click();
  // By key too: V goes to the other eye.
  await page.keyboard.press('v');
  await page.keyboard.press('0');
  await expect(page.getByText(WORDS.result_patient_refer).first()).toBeVisible();
  await page.getByLabel(WORDS.clinical_note, { exact: true }).fill('Exudates far from the fovea');
  await page.getByRole('button', { name: WORDS.clinical_sign, exact: true }).click();
  await expect(page.getByRole('heading', { name: WORDS.clinical_model })).toBeVisible();
  await expect(page.getByText(/See an eye doctor by/).first()).toBeVisible();
  await expect(page.getByText('Exudates far from the fovea')).toBeVisible();
  await shoot(netra, 'clinical-signed');
  const signed = await netra.ask('signedCase', { encounterId });
  expect(signed).toMatchObject({ result: 'refer', urgent: false });
  expect(signed.scores.every(({ p2 }) => p2 !== null)).toBe(true);
  expect(await netra.ask('clinicalQueue', {})).toEqual([]);
  // The slip goes home with the patient.
  const slip = join(folder, 'slip.pdf');
  await netra.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, slip);
  await netra.ask('makePapers', { encounterIds: [encounterId], kind: 'slip', language: 'en', way: 'save' });
  expect((await netra.ask('paperState', { encounterId })).papers).toMatchObject([{ kind: 'slip', version: 1 }]);

  // Seen again: worse. The correction needs its reason, voids the slip that went home, and opens a call-back.
  await room(page, 'clinical');
  await page
    .getByRole('row', { name: /Lakshmi/ })
    .getByRole('button', { name: WORDS.campaign_open })
    .click();
  await page.getByRole('button', { name: WORDS.clinical_correct, exact: true }).click();
  await expect(page.getByRole('button', { name: `2 ${WORDS.icdr_2}`, exact: true })).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('4');
  await expect(page.getByText(WORDS.window_group_urgent).first()).toBeVisible();
  const correct = page.getByRole('button', { name: WORDS.clinical_correct_sign, exact: true });
  await expect(correct).toBeDisabled();
  await page.getByLabel(WORDS.clinical_correct_reason).fill('New vessels overlooked');
  await correct.click();
  await expect(page.getByText(/New vessels overlooked/)).toBeVisible();
  await expect(page.getByText(WORDS.window_group_urgent).first()).toBeVisible();
  await expect(page.getByText(WORDS.papers_void_superseded)).toBeVisible();
  await page.getByRole('button', { name: `${WORDS.papers_save}: ${WORDS.papers_slip}`, exact: true }).click();
  await expect(page.getByText(/No. 000001-2, given on/)).toBeVisible();
  const { patientId } = await netra.ask('encounterView', { encounterId });
  const { callBacks } = await netra.ask('patientCard', { patientId });
  expect(callBacks).toMatchObject([{ encounterId, reason: 'later-read', urgent: true, closed: null }]);
});

test('the prior visit stands beside the photograph where the series allows it', async ({ launch, folder }) => {
  const netra = await launch({ accounts: 'staffed' });
  const { page } = netra;
  await signIn(netra, 'technician');
  await ready(netra);
  const first = await photographed(netra, join(folder, 'photos'));
  const { patientId } = await netra.ask('encounterView', { encounterId: first });
  await netra.app.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 30 * 86_400_000;
  });
  const { encounterId } = await netra.ask('startEncounter', { patientId });
  expect(encounterId).not.toBe(first);
  const path = join(folder, 'again.jpg');
  writeFileSync(path, await paintFundus({ sizePx: 400, seed: 9, eye: 'right' }));
  await netra.ask('captureFiles', { paths: [path], way: 'files', chosenFor: { encounterId, eye: 'right', field: null } });
  await signIn(netra, 'doctor');
  await until(async () => (await netra.ask('clinicalQueue', {})).some((row) => row.encounterId === encounterId));
  await signIn(netra, 'admin');
  const { readers } = await netra.ask('campaignChoices', {});
  const { campaignId } = await netra.ask('createCampaign', {
    selection: 'all',
    runIds: [],
    size: null,
    consentDeclared: true,
    title: '',
    readerIds: readers.filter(({ name }) => /Rao|Iyer/.test(name)).map(({ userId }) => userId),
    readersPerImage: 2,
    adjudication: 'round-robin',
    adjudicatorId: null,
    fellowEye: false,
    priorVisit: true,
    rereadPercent: 0,
    washoutDays: 0,
    certifiedOnly: false,
  });
  await signIn(netra, 'doctor');
  await room(page, 'reading', campaignId);
  const prior = page.getByRole('button', { name: WORDS.reading_prior_visit });
  // One of the three photographs has an earlier one of the same eye.
  for (let answers = 0; answers < 3; answers++) {
    await settled(page);
    if (await prior.isVisible()) break;
    await answerWith(page, '0', '0');
    await answered(page, answers + 1);
  }
  await prior.click();
  await expect(page.getByRole('figure').filter({ hasText: WORDS.reading_prior_visit })).toBeVisible();
  await expect(page.locator('canvas[data-state="ready"]')).toHaveCount(2);
});
