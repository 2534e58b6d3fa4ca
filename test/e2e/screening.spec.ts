import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from '@playwright/test';
import sharp from 'sharp';
import { PHOTOS } from '../helpers/photos-folder';
import { expect, finished, type Netra, ready, test, until } from './helpers/netra';
import { paintCamp } from './helpers/photographs';

/** The whole path as a person goes it, by what is written on the screen. */

/** A small retina in a wide black frame has at least this. */
const RED = 8;

/** The system's dialog cannot be operated: it answers with this folder. */
async function answerDialog(netra: Netra, folder: string): Promise<void> {
  await netra.app.evaluate(({ dialog }, path) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [path] });
  }, folder);
}

async function screenFolder(netra: Netra, folder: string): Promise<void> {
  const { page } = netra;
  await answerDialog(netra, folder);
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await until(async () => (await netra.ask('listTasks', {})).length > 0);
  const [task] = await netra.ask('listTasks', {});
  await finished(netra, task?.id ?? '');
}

/** How much more red than blue, 0..255, there is in what is really painted: a retina is orange, a frame is not. */
async function redness(place: Locator): Promise<number> {
  const { channels } = await sharp(await place.screenshot()).stats();
  return (channels[0]?.mean ?? 0) - (channels[2]?.mean ?? 0);
}

test('a folder of photographs: choose it, watch it, the sickest first, look at both eyes, go on by key', async ({ launch, folder }) => {
  const netra = await launch();
  const { page } = netra;
  const camp = await paintCamp(join(folder, 'camp'), 6);
  writeFileSync(join(camp, '120_left.jpg'), 'no photograph');
  await ready(netra);
  for (const words of ['Not protected', 'Not validated here', /ONNX|TensorFlow|WebAssembly/]) {
    await expect(page.getByRole('contentinfo').getByText(words).first()).toBeVisible();
  }
  await expect(page.getByText('Decision support under investigation. A human confirms every result. Not a medical device.')).toBeVisible();

  await screenFolder(netra, camp);
  if (!page.url().includes('#/run/')) await page.getByRole('link', { name: 'camp' }).first().click();
  const table = page.getByRole('table', { name: 'Patients' });
  await expect(table.getByRole('link')).toHaveCount(7);
  const runId = /run\/([^/]+)/.exec(page.url())?.[1] ?? '';
  const all = { runId, groups: [], search: '', sort: 'sickest' as const, offset: 0, limit: 500 };
  const order = (await netra.ask('listPatients', all)).rows.map((row) => row.patient);
  await expect(table.getByRole('link').first()).toHaveText(order[0] ?? '');

  await page.getByRole('searchbox').fill('10');
  await expect(table.getByRole('link')).toHaveCount(6);
  await page.getByRole('searchbox').fill('nobody');
  await expect(table.getByRole('link')).toHaveCount(0);
  await page.getByRole('searchbox').fill('');
  await page.getByRole('tab', { name: /Files that failed/ }).click();
  await expect(page.getByText('120_left.jpg')).toBeVisible();
  await page.getByRole('tab', { name: /Patients/ }).click();

  await table.getByRole('link', { name: order[0], exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: order[0] })).toBeVisible();
  for (const eye of ['Right eye', 'Left eye']) {
    const picture = page.getByRole('img', { name: new RegExp(`^${eye}`) });
    await expect(picture).toBeVisible();
    await expect.poll(() => redness(picture)).toBeGreaterThan(RED);
  }
  await page.keyboard.press('n');
  await expect(page.getByRole('heading', { level: 1, name: order[1] })).toBeVisible();
  await page.keyboard.press('p');
  await expect(page.getByRole('heading', { level: 1, name: order[0] })).toBeVisible();
  const right = page.getByRole('img', { name: /^Right eye/ });
  await expect.poll(() => redness(right)).toBeGreaterThan(RED);
  const coloured = await redness(right);
  await page.keyboard.press('r');
  await expect(page.getByRole('button', { name: 'Red-free' })).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(() => redness(right)).toBeLessThan(coloured / 2);
  await page.keyboard.press('h');
  await expect(page.getByRole('button', { name: 'Where the model saw signs' })).toHaveAttribute('aria-pressed', 'true');

  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: order[0] })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(table).toBeVisible();
});

test('photographs that are dropped on the window are screened', async ({ launch, folder }) => {
  const netra = await launch();
  const camp = await paintCamp(join(folder, 'camp'), 1);
  await ready(netra);
  await netra.page.evaluate(() => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.id = 'dropped';
    document.body.append(input);
  });
  await netra.page.locator('#dropped').setInputFiles([join(camp, '101_right.jpg'), join(camp, '101_left.jpg')]);
  await netra.page.evaluate(() => {
    const files = (document.querySelector('#dropped') as HTMLInputElement).files ?? [];
    const data = new DataTransfer();
    for (const file of files) data.items.add(file);
    window.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
  });
  await until(async () => (await netra.ask('listTasks', {})).length > 0);
  const [task] = await netra.ask('listTasks', {});
  await finished(netra, task?.id ?? '');
  const [run] = await netra.ask('listRuns', {});
  expect(run).toMatchObject({ state: 'done', counts: { done: 2, failed: 0 } });
});

test('a run that is cancelled keeps what is done, says so, and goes on where it stopped', async ({ launch, folder }) => {
  const netra = await launch();
  const { page } = netra;
  await ready(netra);
  await answerDialog(netra, await paintCamp(join(folder, 'camp'), 15));
  await page.getByRole('button', { name: 'Choose a folder' }).click();
  await until(async () => ((await netra.ask('listTasks', {}))[0]?.progress?.counts.done ?? 0) >= 2);
  await page.getByRole('main').getByRole('button', { name: 'Cancel' }).first().click();
  const [task] = await netra.ask('listTasks', {});
  expect(await finished(netra, task?.id ?? '')).toMatchObject({ state: 'cancelled' });
  const [run] = await netra.ask('listRuns', {});
  expect(run?.state).toBe('cancelled');
  expect(run?.counts.done).toBeGreaterThanOrEqual(2);
  await netra.ask('resumeRun', { runId: run?.runId ?? '' });
  const again = (await netra.ask('listTasks', {})).find((each) => each.id !== task?.id);
  expect(await finished(netra, again?.id ?? '')).toMatchObject({ state: 'done', runId: run?.runId, progress: { counts: { done: 30 } } });
});

const REAL = [
  'eyepacs/10007_left.jpeg',
  'eyepacs/10007_right.jpeg',
  'eyepacs/10009_left.jpeg',
  'eyepacs/10009_right.jpeg',
  'fullres/16_left.jpeg',
  'fullres/16_right.jpeg',
];
const missing = REAL.filter((name) => !existsSync(join(PHOTOS, name)));
const reason = missing.length > 0 ? ' (skipped: no real photographs, see NETRA_PHOTOS)' : '';

test(`real photographs, originals of a camera among them: from the folder to every pixel in the viewer${reason}`, async ({
  launch,
  folder,
}) => {
  test.skip(missing.length > 0);
  const camp = join(folder, 'camp');
  mkdirSync(camp);
  for (const name of REAL) copyFileSync(join(PHOTOS, name), join(camp, name.split('/')[1] ?? ''));
  const netra = await launch();
  const { page } = netra;
  await ready(netra);
  await screenFolder(netra, camp);
  if (!page.url().includes('#/run/')) await page.getByRole('link', { name: 'camp' }).first().click();
  const table = page.getByRole('table', { name: 'Patients' });
  await expect(table.getByRole('link')).toHaveCount(3);
  await table.getByRole('link', { name: '16', exact: true }).click();
  const picture = page.getByRole('img', { name: /^Right eye/ });
  await expect.poll(() => redness(picture)).toBeGreaterThan(RED);
  await page.keyboard.press('1');
  await page.waitForTimeout(1500);
  await expect.poll(() => redness(picture)).toBeGreaterThan(RED);
  const runId = /patient\/([^/]+)/.exec(page.url())?.[1] ?? '';
  const detail = await netra.ask('patientDetail', { runId, groups: [], search: '', sort: 'sickest', key: 'patient:16' });
  expect(detail.images).toHaveLength(2);
  for (const image of detail.images) {
    expect(image.retina).not.toBeNull();
    expect(image.heatMap?.values.length).toBe((image.heatMap?.rows ?? 0) * (image.heatMap?.columns ?? 0));
    for (const value of image.heatMap?.values ?? []) expect(value >= 0 && value <= 1).toBe(true);
    const size = await page.evaluate(async (url) => {
      const bitmap = await createImageBitmap(await (await fetch(url)).blob());
      return { width: bitmap.width, height: bitmap.height };
    }, `app://image/${image.imageId}/full`);
    expect(size).toEqual({ width: image.width, height: image.height });
  }
});
