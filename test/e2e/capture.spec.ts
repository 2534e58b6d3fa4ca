import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { paintPage } from '../../electron/services/demo/paint-page';
import { arrive, paint } from './helpers/arrivals';
import { expect, type Netra, ready, test, until } from './helpers/netra';
import { WORDS } from './helpers/words';

/** A technician at the camera, by what is written on the screen. */

/** The system's dialog cannot be operated: it answers with these. */
async function answerDialog(netra: Netra, paths: string[]): Promise<void> {
  await netra.app.evaluate(({ dialog }, filePaths) => {
    dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths });
  }, paths);
}

async function choose(netra: Netra, eye: string, path: string): Promise<void> {
  await answerDialog(netra, [path]);
  await eyeOf(netra.page, eye).getByRole('button', { name: WORDS.capture_choose_files }).click();
}

async function goTo(page: Page, hash: string): Promise<void> {
  await page.evaluate((wanted) => {
    location.hash = wanted;
  }, hash);
}

function eyeOf(page: Page, eye: string): ReturnType<Page['locator']> {
  return page.getByRole('group', { name: eye, exact: true });
}

test('both eyes of a patient: a retake, the result, the camera’s folder, the tray, putting right', async ({ launch, folder }) => {
  const netra = await launch();
  const { page } = netra;
  const photos = join(folder, 'photos');
  mkdirSync(photos);
  await ready(netra);
  const lakshmi = await arrive(netra, 'Lakshmi');
  const ravi = await arrive(netra, 'Ravi');

  await goTo(page, '#/room/capture');
  await page.getByRole('button', { name: /Lakshmi/ }).click();
  await expect(page.getByTestId('encounter-patient')).toHaveText('Lakshmi');

  // A blurred photograph: what is wrong and what to do, within a second or so of choosing it.
  await choose(netra, WORDS.window_right_eye, await paint(join(photos, '1.jpg'), { seed: 105, eye: 'right', blur: 0.06, sizePx: 600 }));
  const right = eyeOf(page, WORDS.window_right_eye);
  await expect(right.getByText(WORDS.capture_step_retake).first()).toBeVisible();
  await expect(right.getByText(WORDS.reason_blur_next)).toBeVisible();
  await expect(right.getByText('Failed tries: 1 of 3')).toBeVisible();
  await right.getByRole('button', { name: WORDS.capture_appeal }).click();
  await expect(right.getByText(WORDS.capture_appealed)).toBeVisible();
  await choose(netra, WORDS.window_right_eye, await paint(join(photos, '2.jpg'), { seed: 1, eye: 'right' }));
  await expect(right.getByText(WORDS.capture_step_done)).toBeVisible();
  await expect(page.getByText(WORDS.advice_incomplete)).toBeVisible();
  await choose(netra, WORDS.window_left_eye, await paint(join(photos, '3.jpg'), { seed: 2, eye: 'left' }));
  await expect(eyeOf(page, WORDS.window_left_eye).getByText(WORDS.capture_step_done)).toBeVisible();
  await expect(page.getByText(WORDS.advice_incomplete)).toHaveCount(0);

  // The camera's folder: what it gets is the patient's at the camera; the folder that goes away is said to be gone.
  const camera = join(folder, 'camera');
  mkdirSync(camera);
  await netra.ask('setHotFolder', { folder: camera, polling: false });
  await goTo(page, `#/room/capture/${ravi.encounterId}`);
  await page.getByRole('button', { name: WORDS.capture_at_camera_start }).click();
  await expect(page.getByText(WORDS.capture_at_camera, { exact: true })).toBeVisible();
  await page.waitForTimeout(500);
  await paint(join(camera, 'IMG_0001.jpg'), { seed: 3, eye: 'right' });
  await expect(right.getByText(WORDS.capture_step_done)).toBeVisible();
  renameSync(camera, `${camera}-away`);
  await expect(page.getByText(WORDS.capture_folder_missing).first()).toBeVisible();
  await paint(join(`${camera}-away`, 'IMG_0002.jpg'), { seed: 4, eye: 'left' });
  renameSync(`${camera}-away`, camera);
  await expect(page.getByText('1 waiting in the tray')).toBeVisible();

  // The tray: a person says whose eye it is.
  await page.getByRole('button', { name: WORDS.capture_tray, exact: true }).click();
  await page.getByRole('button', { name: /IMG_0002/ }).click();
  await page.getByRole('button', { name: WORDS.capture_put_to }).click();
  await page.getByRole('dialog').getByRole('button', { name: WORDS.window_left_eye }).click();
  await page.getByRole('dialog').getByRole('button', { name: /Ravi/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: WORDS.capture_move_do }).click();
  await expect(page.getByText(WORDS.capture_tray_empty)).toBeVisible();

  // Wrong patient after all: both results follow.
  await goTo(page, `#/room/capture/${ravi.encounterId}`);
  await eyeOf(page, WORDS.window_left_eye).getByRole('button', { name: WORDS.capture_move }).click();
  await page.getByRole('dialog').getByRole('button', { name: WORDS.window_left_eye }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /Lakshmi/ })
    .click();
  await page.getByRole('dialog').getByRole('button', { name: WORDS.capture_move_do }).click();
  await expect(page.getByText(WORDS.advice_incomplete)).toBeVisible();
  await until(async () => {
    const view = await netra.ask('encounterView', { encounterId: lakshmi.encounterId });
    return view.eyes.some((eye) => eye.eye === 'left' && eye.photos.length === 2);
  });

  // An eye that cannot be photographed, and a result raised by a person.
  await eyeOf(page, WORDS.window_left_eye).getByRole('button', { name: WORDS.capture_eye_state }).click();
  await page.getByRole('dialog').getByRole('button', { name: WORDS.capture_state_prosthesis }).click();
  await expect(eyeOf(page, WORDS.window_left_eye).getByText(WORDS.capture_step_excused)).toBeVisible();
  await page.getByRole('button', { name: WORDS.capture_raise, exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: WORDS.capture_raise_patient_reports }).click();
  await expect(page.getByText(/SEE AN EYE DOCTOR BY/)).toBeVisible();
  const view = await netra.ask('encounterView', { encounterId: ravi.encounterId });
  expect(view.result).toMatchObject({ source: 'technician', result: 'refer' });
  expect(view.earlier.length).toBeGreaterThan(1);
});

test('what is no retina, a broken file and drops by standing order', async ({ launch, folder }) => {
  const netra = await launch();
  const { page } = netra;
  await ready(netra);
  const { encounterId } = await arrive(netra, 'Meena');
  await goTo(page, `#/room/capture/${encounterId}`);
  const left = eyeOf(page, WORDS.window_left_eye);
  const page1 = join(folder, 'page.jpg');
  writeFileSync(page1, await paintPage({ seed: 5, sizePx: 400 }));
  await choose(netra, WORDS.window_left_eye, page1);
  await expect(left.getByText(WORDS.reason_not_fundus_next)).toBeVisible();
  const broken = join(folder, 'broken.jpg');
  writeFileSync(broken, 'no photograph');
  await choose(netra, WORDS.window_left_eye, broken);
  await expect(page.getByText(/broken\.jpg/)).toBeVisible();
  await page.getByRole('button', { name: new RegExp(WORDS.capture_set_aside) }).click();
  await expect(page.getByText(/broken\.jpg/)).toHaveCount(0);
});

test('what was acknowledged on screen is there after the program was killed', async ({ launch, folder }) => {
  const first = await launch();
  await ready(first);
  const { encounterId } = await arrive(first, 'Savitri');
  await goTo(first.page, `#/room/capture/${encounterId}`);
  await choose(first, WORDS.window_right_eye, await paint(join(folder, '1.jpg'), { seed: 11, eye: 'right' }));
  await expect(eyeOf(first.page, WORDS.window_right_eye).getByText(WORDS.capture_step_done)).toBeVisible();
  first.process.kill('SIGKILL');
  await until(() => first.process.signalCode !== null || first.process.exitCode !== null);
  const second = await launch();
  await ready(second);
  await goTo(second.page, `#/room/capture/${encounterId}`);
  await expect(second.page.getByTestId('encounter-patient')).toHaveText('Savitri');
  await expect(eyeOf(second.page, WORDS.window_right_eye).getByText(WORDS.capture_step_done)).toBeVisible();
});
