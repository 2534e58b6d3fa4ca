import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { healthyFile, writeColourModel, writeColourPatients } from '../helpers/colour-model';
import { writeTraining } from './helpers/labelled';
import { expect, finished, type Netra, ready, startRun, test, until } from './helpers/netra';
import { laptopSize, shoot } from './helpers/screenshots';
import { WORDS } from './helpers/words';

/** What the system's next dialogs answer, one after the other. */
async function answerDialogs(netra: Netra, ...paths: string[]): Promise<void> {
  await netra.app.evaluate(({ dialog }, answers) => {
    dialog.showOpenDialog = () => {
      const path = answers.shift();
      return Promise.resolve({ canceled: path === undefined, filePaths: path === undefined ? [] : [path] });
    };
  }, paths);
}

async function room(netra: Netra, ...parts: string[]): Promise<void> {
  await netra.page.evaluate(
    (to) => {
      location.hash = to;
    },
    `#/room/${parts.map(encodeURIComponent).join('/')}`,
  );
}

test('a model is trained in the window: data at a glance, live curve, pause, go on, and screening beside it', async ({
  launch,
  folder,
}) => {
  test.setTimeout(480_000);
  const { list, recipe } = await writeTraining(join(folder, 'labelled'));
  const netra = await launch();
  const { page } = netra;
  await ready(netra);
  await laptopSize(netra);
  await room(netra, 'training');
  await answerDialogs(netra, list, recipe);
  await page.getByRole('button', { name: WORDS.training_choose_list }).click();
  const glance = page.getByTestId('glance');
  await expect(glance).toContainText('60');
  await expect(glance).toContainText('30 (50.0 %)');
  await expect(page.getByText(/Only 30 photographs that need a doctor/)).toBeVisible();
  await shoot(netra, 'admin-training-data');
  await page.getByRole('button', { name: WORDS.training_recipe_file }).click();
  await expect(page.getByTestId('own-recipe')).toContainText('tiny.json');
  await page.getByRole('button', { name: WORDS.training_start }).click();

  await expect(page.getByTestId('phase')).toContainText(/Epoch \d of 5/, { timeout: 90_000 });
  await expect(page.getByTestId('live-facts')).toContainText(/TensorFlow/);
  await page.getByRole('button', { name: WORDS.training_pause }).click();
  await expect(page.getByTestId('phase')).toContainText('Paused:', { timeout: 30_000 });
  const before = await page.getByTestId('live-facts').textContent();

  await shoot(netra, 'admin-training-paused');
  // Screening goes on meanwhile, and a window that is loaded again finds the training.
  const camp = join(folder, 'camp');
  mkdirSync(camp);
  copyFileSync(join(folder, 'labelled/0.jpg'), join(camp, '7_right.jpg'));
  const { id } = await startRun(netra, camp);
  expect((await finished(netra, id)).state).toBe('done');
  await page.reload();
  await expect(page.getByTestId('phase')).toContainText('Paused:');
  expect(await page.getByTestId('live-facts').textContent()).toBe(before);

  await page.getByRole('button', { name: WORDS.training_resume }).click();
  await expect(page.getByRole('button', { name: WORDS.training_to_model })).toBeVisible({ timeout: 300_000 });
  await expect(page.getByTestId('curves').locator('canvas')).toHaveCount(3);
  await expect(page.getByTestId('curves').getByRole('img').first()).toHaveAttribute('aria-label', /Loss\. training: \d/);

  await shoot(netra, 'admin-training-curves');
  await page.getByRole('button', { name: WORDS.training_to_model }).click();
  await shoot(netra, 'admin-model');
  await expect(page.getByText(WORDS.models_gate_never)).toBeVisible();
  // Which code and machine trained it.
  await expect(page.getByText(/^Netra \d+\.\d+\.\d+, commit (?:[0-9a-f]{40}(?:\+changes)?|unknown)$/)).toBeVisible();
  await expect(page.getByText(/\d+ cores, \d+ GB, .*; TensorFlow/)).toBeVisible();
  await page.getByRole('button', { name: WORDS.models_network_show }).click();
  await expect(page.getByTestId('network')).toBeVisible();
  expect(
    await page.getByTestId('network').evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
  ).toBeGreaterThan(500);
  expect(await netra.ask('listModels', {})).toMatchObject([
    { shipped: true, inUse: true },
    { inUse: false, activation: null },
  ]);

  // How fast this machine is: every backend, and what the training reached.
  await room(netra, 'models', 'benchmark');
  await expect(page.getByText(WORDS.benchmark_none)).toBeVisible();
  await page.getByRole('button', { name: WORDS.models_measure }).click();
  await expect(page.getByRole('row')).toHaveCount(4, { timeout: 180_000 });
  await expect(page.getByRole('row').filter({ hasText: 'ONNX' })).toContainText(/\d+\.\d ms/);
  await expect(page.getByText(WORDS.benchmark_no_training)).toHaveCount(0);
  const measured = await netra.ask('benchmark', {});
  expect(measured?.machine.cores).toBeGreaterThan(0);
  expect(measured?.training?.imagesPerSecond).toBeGreaterThan(0);
  await shoot(netra, 'admin-benchmark');
});

test('a blind model is refused with reasons, a seeing one is signed for, screens, and is rolled back with everybody it sent home', async ({
  launch,
  folder,
}) => {
  test.setTimeout(400_000);
  const blind = join(folder, 'blind');
  const seeing = join(folder, 'seeing');
  await writeColourModel(blind, 'Sees nothing', 0);
  await writeColourModel(seeing, 'Sees green', 32);
  const data = await writeColourPatients(join(folder, 'locked'));
  const open = await writeColourPatients(join(folder, 'open'), 'open');
  const netra = await launch();
  const { page } = netra;
  await ready(netra);

  await laptopSize(netra);
  // Two models side by side, on patients that are not locked.
  await room(netra, 'models');
  await answerDialogs(netra, seeing, open);
  await page.getByRole('button', { name: WORDS.models_from_folder }).click();
  await expect(page.getByRole('heading', { name: 'Sees green' })).toBeVisible();
  // Code and machine: a card from before that was kept is shown all the same.
  await expect(page.getByText(WORDS.models_not_recorded)).toHaveCount(2);
  await page.getByRole('button', { name: WORDS.models_compare }).click();
  await page.getByRole('button', { name: WORDS.training_choose_list }).click();
  await page.getByRole('button', { name: WORDS.models_measure }).click();
  const differing = page.getByTestId('differing');
  await expect(page.getByText(WORDS.comparison_open)).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole('rowheader', { name: WORDS.comparison_auc, exact: true }).first()).toBeVisible();
  await expect(differing.getByRole('listitem').first()).toContainText(/(Found only|Spared) by Sees green/);
  const picture = differing.getByRole('img').first();
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(100);
  await shoot(netra, 'admin-comparison');
  await picture.scrollIntoViewIfNeeded();
  await shoot(netra, 'admin-differing');

  // Before the gate.
  await answerDialogs(netra, data);
  await room(netra, 'models', 'examine', blind);
  await page.getByRole('button', { name: WORDS.training_choose_list }).click();
  await page.getByRole('button', { name: WORDS.models_measure }).click();
  const gate = page.getByTestId('gate');
  await expect(gate).toContainText(WORDS.gate_refused, { timeout: 180_000 });
  await expect(gate).toContainText('Sensitivity, 75 patients: 0.000');
  await expect(gate).toContainText('It finds too few of those who need a doctor');
  await expect(gate.getByRole('button', { name: WORDS.gate_sign_do })).toHaveCount(0);
  await shoot(netra, 'admin-gate-refused');

  await answerDialogs(netra, data);
  await room(netra, 'models', 'examine', seeing);
  await page.getByRole('button', { name: WORDS.training_choose_list }).click();
  await page.getByRole('button', { name: WORDS.models_measure }).click();
  await expect(gate).toContainText(WORDS.gate_not_countersigned, { timeout: 180_000 });
  await gate.getByLabel(WORDS.gate_sign_code).fill('dr-rao');
  await shoot(netra, 'admin-gate-sign');
  await gate.getByRole('button', { name: WORDS.gate_sign_do }).click();
  await expect(gate).toContainText('Sees green is in use now.', { timeout: 30_000 });
  await until(async () => (await netra.ask('status', {})).model?.name === 'Sees green');

  const camp = join(folder, 'camp');
  mkdirSync(camp);
  copyFileSync(join(folder, 'locked', healthyFile(0)), join(camp, '12_right.jpg'));
  copyFileSync(join(folder, 'locked', healthyFile(1)), join(camp, '12_left.jpg'));
  await ready(netra);
  const { id, runId } = await startRun(netra, camp);
  expect((await finished(netra, id)).state).toBe('done');
  expect((await netra.ask('runDetail', { runId: runId ?? '' })).facts.modelName).toBe('Sees green');

  await room(netra, 'models');
  await shoot(netra, 'admin-models');
  await page.getByRole('button', { name: WORDS.models_roll_back }).click();
  await page.getByRole('dialog').getByRole('button', { name: WORDS.models_roll_back }).click();
  await expect(page.getByRole('heading', { name: WORDS.models_recalled })).toBeVisible();
  await until(async () => (await netra.ask('recallList', {})).every(({ rescored }) => rescored !== null));
  await expect(page.getByRole('row')).toHaveCount(2);
  await expect(page.getByText(WORDS.models_not_rescored)).toHaveCount(0);
  await shoot(netra, 'admin-recall');
  expect((await netra.ask('status', {})).model?.name).not.toBe('Sees green');
});
