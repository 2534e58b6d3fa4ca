import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { lockProfile } from '../../electron/db/profile/lock';
import { partsOf } from '../../electron/db/profile/profile';
import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { EMPTY_IDENTITY } from '../../electron/shared/domain/patients';
import { makeStaffedClinic, passwordOf, STAFF } from '../helpers/staffed-clinic';
import { setClock } from './helpers/clock';
import { expect, type Netra, ready, signIn, test, until } from './helpers/netra';
import { WORDS } from './helpers/words';

/** What can go wrong under somebody's hands in a camp: said in words, and nothing that was stored is lost. */

async function arrive(netra: Netra, name: string): Promise<string> {
  const { patientId } = await netra.ask('registerPatient', { identity: { ...EMPTY_IDENTITY, name } });
  const answers = { screening: true, contact: true, sharing: true, training: true };
  await netra.ask('giveConsent', { patientId, consent: { answers, language: 'en', how: 'signature', givenBy: 'patient' } });
  return (await netra.ask('startEncounter', { patientId })).encounterId;
}

async function goTo(page: Page, ...parts: string[]): Promise<void> {
  await page.evaluate(
    (hash) => {
      location.hash = hash;
    },
    `#/room/${parts.join('/')}`,
  );
}

test('a second technician on one profile is told who holds it, and a clock that was set back is named; nothing is lost', async ({
  launch,
  folder,
}) => {
  const place = join(folder, 'profile');
  await makeStaffedClinic(place);
  // Another computer has the shared folder open.
  const held = lockProfile(partsOf(place).lock);
  const netra = await launch({ accounts: 'staffed' });
  const { page } = netra;
  await page.getByRole('radio', { name: 'technician' }).check();
  await page.getByLabel(WORDS.account_password, { exact: true }).fill(passwordOf('technician'));
  await page.getByRole('button', { name: WORDS.signin_go, exact: true }).click();
  await expect(page.getByRole('heading', { name: WORDS.window_profile_trouble })).toBeVisible();
  await expect(page.getByText('profile-locked')).toBeVisible();
  held.release();
  await page.getByRole('button', { name: WORDS.window_retry }).click();
  await page.getByRole('radio', { name: 'technician' }).check();
  await page.getByLabel(WORDS.account_password, { exact: true }).fill(passwordOf('technician'));
  await page.getByRole('button', { name: WORDS.signin_go, exact: true }).click();
  await expect(page.getByTestId('account')).toHaveText(STAFF.technician.name);

  const encounterId = await arrive(netra, 'Lakshmi Devi');
  const notice = page.getByText(WORDS.window_notice_clock.split('{')[0] ?? '');
  await expect(notice).toHaveCount(0);
  await setClock(netra, -3 * 86_400_000);
  await expect(notice).toBeVisible();
  // Work goes on: what is stored now comes after what was stored before.
  await netra.ask('raiseResult', { encounterId, urgent: true, reason: 'saw-something' });
  expect((await netra.ask('encounterView', { encounterId })).result).toMatchObject({ source: 'technician', urgent: true });
  await setClock(netra, 0);
  await expect(notice).toHaveCount(0);
  await signIn(netra, 'admin');
  expect(await netra.ask('auditChain', {})).toMatchObject({ ok: true });
  expect(await netra.ask('findPatients', { query: 'lakshmi' })).toHaveLength(1);
});

const SMALL_DISK_MB = 24;

/** Takes all the room that is left. @returns gives it back */
function fill(folder: string): () => void {
  const files: string[] = [];
  for (let sizeBytes = 1024 * 1024; sizeBytes >= 512;) {
    const file = join(folder, `filler-${files.length}`);
    try {
      writeFileSync(file, Buffer.alloc(sizeBytes, 1));
      files.push(file);
    } catch {
      rmSync(file, { force: true });
      sizeBytes /= 2;
    }
  }
  return () => {
    for (const file of files) rmSync(file);
  };
}

test('photographs on a full disk: said so, what was stored is there, and it goes on when there is room', async ({ launch, folder }) => {
  test.skip(process.platform !== 'linux' || process.getuid?.() !== 0, 'only root may mount a disk');
  const place = join(folder, 'profile');
  mkdirSync(place);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_MB}m`, 'tmpfs', place]);
  try {
    const netra = await launch();
    const { page } = netra;
    await ready(netra);
    const encounterId = await arrive(netra, 'Meena');
    await goTo(page, 'capture', encounterId);
    const choose = async (eye: string, file: string, seed: number): Promise<void> => {
      const path = join(folder, file);
      writeFileSync(path, await paintFundus({ sizePx: 600, seed, eye: eye === WORDS.window_left_eye ? 'left' : 'right' }));
      await netra.app.evaluate(({ dialog }, filePath) => {
        dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [filePath] });
      }, path);
      await page.getByRole('group', { name: eye, exact: true }).getByRole('button', { name: WORDS.capture_choose_files }).click();
    };
    const done = (eye: string) => page.getByRole('group', { name: eye, exact: true }).getByText(WORDS.capture_step_done);
    await choose(WORDS.window_right_eye, '1.jpg', 1);
    await expect(done(WORDS.window_right_eye)).toBeVisible();
    const makeRoom = fill(place);
    await choose(WORDS.window_left_eye, '2.jpg', 2);
    await expect(page.getByText(WORDS.error_disk_full.split('{')[0]?.slice(0, 20) ?? '').first()).toBeVisible();
    await expect(done(WORDS.window_right_eye)).toBeVisible();
    await expect(done(WORDS.window_left_eye)).toHaveCount(0);
    makeRoom();
    await choose(WORDS.window_left_eye, '2.jpg', 2);
    await expect(done(WORDS.window_left_eye)).toBeVisible();
    await until(async () => (await netra.ask('encounterView', { encounterId })).result?.result === 'no-refer');
    expect(await netra.ask('auditChain', {})).toMatchObject({ ok: true });
    netra.process.kill('SIGKILL');
    await until(() => netra.process.signalCode !== null || netra.process.exitCode !== null);
  } finally {
    execFileSync('umount', ['-l', place]);
  }
});
