import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Answer, Grade } from '../../electron/shared/domain/reading';
import { writeRecipe } from './helpers/labelled';
import { expect, finished, type Netra, ready, signIn, startRun, test } from './helpers/netra';
import { paintCamp } from './helpers/photographs';
import { WORDS } from './helpers/words';

/** From two doctors' answers to a frozen data set, and a package read on another machine. */

/** Enough for both classes among those that are trained on. */
const PATIENTS = 8;
const IMAGES = 2 * PATIENTS;

function graded(grade: Grade): Answer {
  return {
    gradable: true,
    reasons: [],
    grade,
    macular: 'none',
    centreInvolved: null,
    lesions: [],
    laser: 'none',
    otherDisease: [],
    referOther: false,
    confidence: 3,
    note: '',
  };
}

async function room(page: Page, ...parts: string[]): Promise<void> {
  await page.evaluate(
    (hash) => {
      location.hash = hash;
    },
    `#/room/${parts.join('/')}`,
  );
}

/** The next file or folder that a dialog gives. */
async function choose({ app }: Netra, path: string): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen });
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
  }, path);
}

/** Whoever is signed in answers everything that waits. @returns how many */
async function answerAll({ ask }: Netra, campaignId: string, gradeOf: (index: number) => Grade, limit = Infinity): Promise<number> {
  let count = 0;
  while (count < limit) {
    const [item] = (await ask('readingQueue', { campaignId, limit: 1 })).items;
    if (item === undefined) return count;
    const answer = graded(gradeOf(count));
    if (item.task === 'decide' && item.answered) await ask('decideAdjudication', { assignmentId: item.assignmentId, answer });
    else {
      await ask('saveRead', {
        assignmentId: item.assignmentId,
        answer,
        marks: [],
        activeMs: 3000,
        idleMs: 0,
        supersedesId: null,
        correctionReason: null,
      });
    }
    count += 1;
  }
  return count;
}

/** Writes what is answered so far by the button of the packages room. @returns the passphrase */
async function writeAnswers(netra: Netra, file: string, answers: number): Promise<string> {
  const { page } = netra;
  await choose(netra, file);
  await room(page, 'today');
  await room(page, 'packages');
  await page.getByRole('button', { name: WORDS.package_write_answers }).click();
  await expect(page.getByText(new RegExp(`^${answers} answers are written`))).toBeVisible();
  return (await page.locator('.passphrase').textContent()) ?? '';
}

/** Opens a file that has come, by its passphrase, in the packages room. */
async function openFile(netra: Netra, file: string, passphrase: string): Promise<void> {
  await choose(netra, file);
  await netra.page.getByLabel(WORDS.package_passphrase).fill(passphrase);
  await netra.page.getByRole('button', { name: WORDS.package_open }).click();
}

test('readers’ agreement is shown, a package comes back from another machine, and the labels are frozen and exported', async ({
  launch,
  folder,
}) => {
  const clinic = await launch({ accounts: 'staffed' });
  const { page, ask } = clinic;
  await signIn(clinic, 'admin');
  await ready(clinic);
  const { id } = await startRun(clinic, await paintCamp(join(folder, 'camp'), PATIENTS));
  await finished(clinic, id);
  const { readers } = await ask('campaignChoices', {});
  const idOf = (name: string): string => readers.find((reader) => reader.name.includes(name))?.userId ?? '';
  const { campaignId } = await ask('createCampaign', {
    selection: 'all',
    runIds: [],
    size: null,
    consentDeclared: true,
    title: 'Autumn',
    readerIds: [idOf('Rao'), idOf('Iyer')],
    readersPerImage: 2,
    adjudication: 'senior',
    adjudicatorId: idOf('Mathew'),
    fellowEye: false,
    priorVisit: false,
    rereadPercent: 0,
    washoutDays: 0,
    certifiedOnly: false,
  });

  // One doctor's photographs travel to another machine.
  const sentFile = join(folder, 'photographs.age');
  await choose(clinic, sentFile);
  await room(page, 'packages', 'send');
  await page.getByRole('button', { name: WORDS.package_write, exact: true }).click();
  const passphrase = page.locator('.passphrase');
  await expect(passphrase).toHaveText(/^[A-Z2-9]{4}(?:-[A-Z2-9]{4}){3}$/);
  const spoken = (await passphrase.textContent()) ?? '';
  await expect(page.getByText(`0 of ${IMAGES}`)).toBeVisible();
  await signIn(clinic, 'doctor-two');
  expect(await answerAll(clinic, campaignId, (index) => (index % 3) as Grade)).toBe(IMAGES);
  // Meanwhile two of them are answered here as well, differ, and are adjudicated; the day by which the package was to be back passes.
  await signIn(clinic, 'doctor');
  expect(await answerAll(clinic, campaignId, () => 3, 2)).toBe(2);
  await signIn(clinic, 'doctor-three');
  expect(await answerAll(clinic, campaignId, () => 4)).toBe(2 * 2);
  await clinic.app.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 20 * 86_400_000;
  });
  await signIn(clinic, 'admin');
  await room(page, 'packages');
  const waited = page.getByRole('row', { name: /Dr\. Anand Rao/ });
  await expect(waited).toContainText(`2 of ${IMAGES}`);
  await expect(waited).toContainText(WORDS.package_overdue);

  const laptop = await launch({ profile: join(folder, 'laptop') });
  await choose(laptop, sentFile);
  await room(laptop.page, 'packages');
  await laptop.page.getByLabel(WORDS.package_passphrase).fill(spoken);
  await laptop.page.getByRole('button', { name: WORDS.package_open }).click();
  await laptop.page.getByRole('button', { name: WORDS.package_accept }).click();
  await expect(laptop.page.getByRole('button', { name: WORDS.package_read })).toBeVisible();
  const [received] = (await laptop.ask('listPackages', {})).received;
  expect(received).toMatchObject({ images: IMAGES, answered: 0 });
  // The answers come back in two halves, the last of them twice.
  const half = IMAGES / 2;
  const gradeThere = (index: number): Grade => (index % 2) as Grade;
  expect(await answerAll(laptop, received?.campaignId ?? '', gradeThere, half)).toBe(half);
  const firstHalf = join(folder, 'answers-1.age');
  const firstWords = await writeAnswers(laptop, firstHalf, half);
  expect(await answerAll(laptop, received?.campaignId ?? '', gradeThere)).toBe(half);
  const answersFile = join(folder, 'answers-2.age');
  const words = await writeAnswers(laptop, answersFile, IMAGES);

  await openFile(clinic, answersFile, words);
  await page.getByRole('button', { name: WORDS.package_accept }).click();
  await expect(page.getByText(`${IMAGES} answers in the file, ${IMAGES} of them new.`)).toBeVisible();
  await expect(waited).toContainText(`${IMAGES} of ${IMAGES}`);
  await expect(waited).not.toContainText(WORDS.package_overdue);
  // The first half, late: nothing of it is new, nothing is lost.
  await openFile(clinic, firstHalf, firstWords);
  await expect(page.getByText(`${half} answers in the file, 0 of them new.`)).toBeVisible();
  await openFile(clinic, answersFile, words);
  await expect(page.getByText(`${IMAGES} answers in the file, 0 of them new.`)).toBeVisible();
  // What was decided meanwhile stays decided; the late answers are kept beside it.
  await room(page, 'campaigns', campaignId);
  await expect(page.getByText(`2 ${WORDS.campaign_adjudicated}`)).toBeVisible();
  await expect(page.getByRole('row', { name: /Dr\. Anand Rao/ })).toContainText(`${IMAGES} of ${IMAGES} read`);

  await signIn(clinic, 'doctor-three');
  // Both classes, in whatever order they come.
  await answerAll(clinic, campaignId, (index) => (index % 2 === 0 ? 2 : 0));

  await signIn(clinic, 'admin');
  await room(page, 'agreement', campaignId);
  await expect(page.getByText(WORDS.agreement_pairs_title)).toBeVisible();
  await expect(page.getByRole('table').first()).toBeVisible();
  const shown = await ask('campaignAgreement', { campaignId });
  expect(shown.report.pairs[0]?.images).toBe(IMAGES);
  const figures = join(folder, 'figures.csv');
  await choose(clinic, figures);
  await page.getByRole('button', { name: WORDS.agreement_save_figures }).click();
  await expect.poll(() => existsSync(figures)).toBe(true);
  expect(readFileSync(figures, 'utf8')).toContain('kappa quadratic');

  await room(page, 'data-sets');
  await page.getByRole('button', { name: WORDS.dataset_freeze }).click();
  await expect(page.getByRole('button', { name: /Version 1/ })).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(WORDS.dataset_parts_title)).toBeVisible();
  const [dataset] = (await ask('listDatasets', {})).datasets;
  const summary = await ask('datasetSummary', { datasetId: dataset?.id ?? '' });
  expect(summary).toMatchObject({ images: IMAGES, patients: PATIENTS });
  expect(summary.parts.reduce((sum, { grades }) => sum + grades[4], 0)).toBe(2);
  const exported = join(folder, 'exported');
  await choose(clinic, exported);
  await page.getByRole('button', { name: WORDS.dataset_export, exact: true }).click();
  await expect.poll(() => existsSync(join(exported, 'labels.csv')), { timeout: 30_000 }).toBe(true);
  const open = summary.parts.filter(({ part }) => part !== 'locked').reduce((sum, { images }) => sum + images, 0);
  expect(readdirSync(join(exported, 'images'))).toHaveLength(open);

  // The frozen data set is what a model is trained on; its locked patients stay locked.
  const recipe = join(folder, 'tiny.json');
  writeRecipe(recipe, 'netra-head', { epochs: 2, headOnlySteps: 0, trained: 'head' }, { views: 2, folds: 2 });
  await choose(clinic, recipe);
  await room(page, 'training');
  await page.getByLabel(WORDS.training_choose_data_set).click();
  await page.getByRole('option').click();
  await expect(page.getByTestId('glance')).toContainText(String(IMAGES));
  await page.getByRole('button', { name: WORDS.training_recipe_file }).click();
  await expect(page.getByTestId('own-recipe')).toContainText('tiny.json');
  await page.getByRole('button', { name: WORDS.training_start }).click();
  await expect(page.getByRole('button', { name: WORDS.training_to_model })).toBeVisible({ timeout: 180_000 });
  const [training] = await ask('listTrainings', {});
  expect(training).toMatchObject({ state: 'finished', request: { source: { kind: 'dataset', datasetId: dataset?.id } } });
  const { counts } = await ask('trainingDetail', { runId: training?.id ?? '' });
  expect(counts).toMatchObject({ locked: IMAGES - open, unreadable: 0 });
  expect((counts?.training ?? 0) + (counts?.calibration ?? 0)).toBe(open);

  // Which labels surprise a model: read anew by two doctors who cannot tell, and changed by nobody else.
  const before = await ask('datasetSummary', { datasetId: dataset?.id ?? '' });
  await room(page, 'data-sets');
  const form = page.getByRole('group', { name: WORDS.label_noise_title });
  await form.getByRole('checkbox', { name: 'Dr. Anand Rao' }).click();
  await form.getByRole('checkbox', { name: 'Dr. Leela Iyer' }).click();
  await form.getByRole('button', { name: WORDS.label_noise_start }).click();
  await expect(page.getByText(WORDS.label_noise_queued)).toBeVisible({ timeout: 120_000 });
  const [noise] = await ask('listCampaigns', {});
  expect(noise).toMatchObject({ selection: 'label-noise', images: open });
  for (const login of ['doctor', 'doctor-two'] as const) {
    await signIn(clinic, login);
    await room(page, 'reading');
    await expect(page.getByRole('heading', { name: `Series ${noise?.number ?? 0}` })).toBeVisible();
    await room(page, 'campaigns');
    await expect(page.getByRole('heading', { name: new RegExp(`Series ${noise?.number ?? 0}`) })).toBeVisible();
    await expect(page.locator('main')).not.toContainText(WORDS.selection_label_noise);
    expect(await answerAll(clinic, noise?.campaignId ?? '', () => 1)).toBe(open);
  }
  await signIn(clinic, 'admin');
  const read = await ask('campaignDetail', { campaignId: noise?.campaignId ?? '' });
  expect(read.labels).toEqual({ agreed: open, adjudicated: 0, waiting: 0 });
  expect(await ask('datasetSummary', { datasetId: dataset?.id ?? '' })).toEqual(before);

  await room(page, 'data-sets', 'look-alikes');
  await expect(page.getByText(WORDS.look_alike_explained)).toBeVisible();
  await room(page, 'drift');
  await expect(page.getByText(WORDS.audit_title)).toBeVisible();
  await expect(page.getByText(WORDS.drift_referrals)).toBeVisible();
});
