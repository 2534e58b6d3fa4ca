import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { EMPTY_IDENTITY } from '../../electron/shared/domain/patients';
import { expect, finished, type Netra, ready, signIn, startRun, test, until } from './helpers/netra';
import { paintCamp } from './helpers/photographs';
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

test('a series: two readers by key, undo, an urgent finding, a disagreement, the decision, the labels', async ({ launch, folder }) => {
  const netra = await launch({ accounts: 'staffed' });
  const { page } = netra;
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
  await page.keyboard.press('a');
  await page.keyboard.press('q');
  await expect(page.getByText(WORDS.lesion_rule_microaneurysms_only)).toBeVisible();
  await expect(page.getByText(WORDS.reading_contradiction)).toBeVisible();
  await page.keyboard.press('w');
  await expect(page.getByText(WORDS.lesion_rule_more_than_microaneurysms)).toBeVisible();
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

const SEEN = { unaided: '6/6' as const, glasses: null, pinhole: null };

/** Somebody who consents, with a photograph of each eye. */
async function photographed(netra: Netra, folder: string): Promise<string> {
  const { patientId } = await netra.ask('registerPatient', { identity: { ...EMPTY_IDENTITY, name: 'Lakshmi', yearOfBirth: 1960 } });
  const answers = { screening: true, contact: true, sharing: true, training: true };
  await netra.ask('giveConsent', { patientId, consent: { answers, language: 'en', how: 'signature', givenBy: 'patient' } });
  const { encounterId } = await netra.ask('startEncounter', { patientId });
  const asked = {
    suddenLoss: false,
    floatersOrFlashes: false,
    painOrRedness: false,
    pregnancy: false,
    earlierTreatment: false,
    underEyeDoctor: false,
  };
  const facts = {
    vision: { right: SEEN, left: SEEN },
    eyes: { right: 'present' as const, left: 'present' as const },
    answers: asked,
    aiRefused: false,
  };
  await netra.ask('saveIntake', { encounterId, facts });
  mkdirSync(folder, { recursive: true });
  for (const [seed, eye] of (['right', 'left'] as const).entries()) {
    const path = join(folder, `${eye}.jpg`);
    writeFileSync(path, await paintFundus({ sizePx: 400, seed: seed + 1, eye }));
    await netra.ask('captureFiles', { paths: [path], way: 'files', chosenFor: { encounterId, eye, field: null } });
  }
  await until(async () => (await netra.ask('clinicalQueue', {})).some((row) => row.photographs === 2));
  return encounterId;
}

test('the doctor’s queue: a patient with the model hidden, signed, and then the model beside it', async ({ launch, folder }) => {
  const netra = await launch();
  const { page } = netra;
  await ready(netra);
  const encounterId = await photographed(netra, join(folder, 'photos'));
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
  await page.getByRole('button', { name: WORDS.clinical_sign, exact: true }).click();
  await expect(page.getByRole('heading', { name: WORDS.clinical_model })).toBeVisible();
  await expect(page.getByText(/See an eye doctor by/).first()).toBeVisible();
  const signed = await netra.ask('signedCase', { encounterId });
  expect(signed).toMatchObject({ result: 'refer', urgent: false });
  expect(signed.scores.every(({ p2 }) => p2 !== null)).toBe(true);
  expect(await netra.ask('clinicalQueue', {})).toEqual([]);
});
