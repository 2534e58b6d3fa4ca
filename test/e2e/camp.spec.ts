import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from '@playwright/test';
import { arrive, paint } from './helpers/arrivals';
import { expect, type Netra, ready, signIn, test, until } from './helpers/netra';
import { WORDS } from './helpers/words';

/** A patient from the camera to the slip, what is put right afterwards, and who is called back because a doctor saw more. */

const PHONE = '98400 12345';

async function goTo(page: Page, ...parts: string[]): Promise<void> {
  await page.evaluate(
    (hash) => {
      location.hash = hash;
    },
    `#/room/${parts.join('/')}`,
  );
}

function eyeOf(page: Page, eye: string): Locator {
  return page.getByRole('group', { name: eye, exact: true });
}

/** Files from the disk let go over the middle of something, as the system does it. */
async function dropOn(page: Page, target: Locator, files: string[]): Promise<void> {
  const box = await target.boundingBox();
  if (box === null) throw new Error('nothing to drop on');
  const tools = await page.context().newCDPSession(page);
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2, data: { items: [], files, dragOperationsMask: 1 } };
  await tools.send('Input.dispatchDragEvent', { type: 'dragEnter', ...at });
  await tools.send('Input.dispatchDragEvent', { type: 'dragOver', ...at });
  await expect(page.locator('.drop')).toBeVisible();
  await tools.send('Input.dispatchDragEvent', { type: 'drop', ...at });
  await tools.detach();
  await expect(page.locator('.drop')).toHaveCount(0);
}

/** Makes the slip of an encounter in the papers' room and says what stands under it. */
async function makeSlip(netra: Netra, encounterId: string, file: string): Promise<void> {
  await netra.app.evaluate(({ dialog }, filePath) => {
    dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
  }, file);
  await goTo(netra.page, 'papers', encounterId);
  await netra.page.getByRole('button', { name: `${WORDS.papers_save}: ${WORDS.papers_slip}` }).click();
  await until(() => existsSync(file));
}

test('photographs are dropped on the window, put right with the slip void, appealed, and a doctor’s worse read calls the patient back', async ({
  launch,
  folder,
}) => {
  test.setTimeout(180_000);
  const netra = await launch({ accounts: 'staffed' });
  const { page } = netra;
  const photos = join(folder, 'photos');
  mkdirSync(photos);
  await signIn(netra, 'technician');
  await ready(netra);
  const { encounterId: kamala } = await arrive(netra, 'Kamala', { phone: PHONE });
  const { encounterId: ravi } = await arrive(netra, 'Ravi', { phone: PHONE });
  const right = eyeOf(page, WORDS.window_right_eye);
  const left = eyeOf(page, WORDS.window_left_eye);

  // Dropped on an eye it is that eye's; dropped beside the eyes its name says which.
  await goTo(page, 'capture', kamala);
  await expect(page.getByTestId('encounter-patient')).toHaveText('Kamala');
  await dropOn(page, right, [await paint(join(photos, 'one.jpg'), { seed: 1, eye: 'right' })]);
  await expect(right.getByText(WORDS.capture_step_done)).toBeVisible();
  await dropOn(page, page.getByTestId('encounter-patient'), [await paint(join(photos, 'two_left.jpg'), { seed: 2, eye: 'left' })]);
  await expect(left.getByText(WORDS.capture_step_done)).toBeVisible();
  await expect(page.getByText(WORDS.advice_incomplete)).toHaveCount(0);

  // The slip is made; then the eyes turn out to be the other way round.
  await makeSlip(netra, kamala, join(folder, 'slip-1.pdf'));
  const papers = page.getByRole('complementary', { name: WORDS.room_papers });
  await expect(papers.getByText(/No\. 000001-1, given on/)).toBeVisible();
  await goTo(page, 'capture', kamala);
  await expect(page.getByText(WORDS.capture_slip_void)).toHaveCount(0);
  await page.getByRole('button', { name: WORDS.capture_swap_eyes }).click();
  await expect(page.getByText(WORDS.capture_slip_void)).toBeVisible();
  await page.getByRole('button', { name: WORDS.capture_swap_eyes }).click();
  await makeSlip(netra, kamala, join(folder, 'slip-2.pdf'));
  await expect(papers.getByText(/No\. 000001-1, .*void: /)).toBeVisible();
  await expect(papers.getByText(/No\. 000001-2, given on/)).toBeVisible();
  await goTo(page, 'capture', kamala);
  await expect(page.getByText(WORDS.capture_slip_void)).toHaveCount(0);

  // A photograph that the program rejects and the technician can read; and one that is somebody else's.
  await goTo(page, 'capture', ravi);
  await expect(page.getByTestId('encounter-patient')).toHaveText('Ravi');
  const blurred = await paint(join(photos, 'three.jpg'), { seed: 105, eye: 'right', blur: 0.06, sizePx: 600 });
  await dropOn(page, right, [blurred]);
  await expect(right.getByText(WORDS.capture_step_retake).first()).toBeVisible();
  await right.getByRole('button', { name: WORDS.capture_appeal }).click();
  await expect(right.getByText(WORDS.capture_appealed)).toBeVisible();
  await dropOn(page, left, [await paint(join(photos, 'four.jpg'), { seed: 4, eye: 'left' })]);
  await expect(left.getByText(WORDS.capture_step_done)).toBeVisible();
  await left.getByRole('button', { name: WORDS.capture_move, exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: WORDS.window_left_eye }).click();
  await dialog.getByRole('button', { name: /Kamala/ }).click();
  await dialog.getByRole('button', { name: WORDS.capture_move_do }).click();
  await expect(left.getByText(WORDS.capture_step_photograph)).toBeVisible();
  await goTo(page, 'capture', kamala);
  await expect(page.getByText(WORDS.capture_slip_void)).toBeVisible();
  await makeSlip(netra, kamala, join(folder, 'slip-3.pdf'));
  await expect(papers.getByText(/No\. 000001-3, given on/)).toBeVisible();

  // The doctor's queue has the appeal; the doctor sees more than the patient was told.
  await signIn(netra, 'doctor');
  await goTo(page, 'clinical');
  await expect(page.getByRole('row').filter({ hasText: 'Ravi' }).getByText(WORDS.clinical_appealed)).toBeVisible();
  await page.getByRole('row').filter({ hasText: 'Kamala' }).getByRole('button', { name: WORDS.clinical_read }).click();
  await expect(page.getByRole('heading', { name: /Kamala/ })).toBeVisible();
  await expect(page.locator('canvas[data-state="ready"]').first()).toBeVisible();
  await page.getByRole('button', { name: `4 ${WORDS.icdr_4}`, exact: true }).click();
  await page.keyboard.press('v');
  await page.keyboard.press('0');
  await page.getByRole('button', { name: WORDS.clinical_sign, exact: true }).click();
  await expect(page.getByRole('heading', { name: WORDS.clinical_model })).toBeVisible();
  await netra.ask('signOut', {});

  // At the head of the day for whoever works there, until she is reached.
  await signIn(netra, 'technician');
  await goTo(page, 'today');
  const calls = page.getByRole('region', { name: WORDS.call_backs_title });
  await expect(calls.getByText(WORDS.call_back_reason_later_read)).toBeVisible();
  await expect(calls.getByText('98400 12345')).toBeVisible();
  const table = await page.getByRole('table').boundingBox();
  expect((await calls.boundingBox())?.y).toBeLessThan(table?.y ?? 0);
  for (const [attempt, result] of [WORDS.contact_no_answer, WORDS.contact_reached].entries()) {
    await calls.getByRole('button', { name: WORDS.call_back_log }).click();
    await dialog.getByRole('radio', { name: result, exact: true }).check();
    await dialog.getByRole('button', { name: WORDS.contact_store }).click();
    await expect(calls.getByText(WORDS.call_back_attempts.replace('{count}', String(attempt + 1)))).toBeVisible();
  }
  await calls.getByRole('button', { name: WORDS.call_back_close }).click();
  await calls.getByRole('button', { name: WORDS.call_back_end_reached }).click();
  await expect(calls).toHaveCount(0);
  await expect(page.getByRole('row').filter({ hasText: 'Kamala' })).toContainText(WORDS.window_group_urgent);

  // Ravi's result is raised by the technician, with a reason, and so it stands.
  await goTo(page, 'capture', ravi);
  await page.getByRole('button', { name: WORDS.capture_raise, exact: true }).click();
  await dialog.getByRole('button', { name: WORDS.capture_raise_saw_something }).click();
  await expect(page.getByText(WORDS.capture_raised_because.replace('{why}', WORDS.capture_raise_saw_something))).toBeVisible();

  await signIn(netra, 'admin');
  const filter = { actorId: null, action: null, recordId: null, from: null, until: null };
  const { rows } = await netra.ask('auditEvents', { ...filter, offset: 0, limit: 200 });
  const count = (action: string): number => rows.filter((row) => row.action === action).length;
  expect({ swapped: count('eyes.swapped'), moved: count('images.moved') }).toEqual({ swapped: 2, moved: 1 });
});
