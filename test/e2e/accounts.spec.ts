import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { describeClinic, FIRST_PASSWORD } from './helpers/first-start';
import { exited, expect, type Netra, quit, signIn, test } from './helpers/netra';
import { STAFF } from '../helpers/staffed-clinic';
import { WORDS, wordsIn } from './helpers/words';

async function submit(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
}

/** Types a password and waits for what comes of it. */
async function tryPassword(page: Page, password: string): Promise<void> {
  await page.getByLabel(WORDS.account_password, { exact: true }).fill(password);
  await submit(page, WORDS.signin_go);
}

test('first start, codes, sign out, wrong passwords slowed down, sign in, PIN, lock, switch', async ({ launch }) => {
  const netra = await launch({ accounts: 'first-start' });
  const { page } = netra;

  // Nothing is there: two doors, and no channel that shows data is answered.
  await expect(page.getByRole('heading', { name: WORDS.start_doors_title })).toBeVisible();
  await expect(netra.ask('listRuns', {})).rejects.toThrow('not-signed-in');
  await submit(page, WORDS.start_door_clinic);
  await describeClinic(page);
  await submit(page, WORDS.setup_create);

  // Both codes, before anything else; the paper has to be in hand to go on.
  const recovery = (await page.getByTestId('code-recovery').textContent()) ?? '';
  await expect(page.getByTestId('code-break-glass')).not.toHaveText(recovery);
  await expect(page.getByRole('button', { name: WORDS.codes_done })).toBeDisabled();
  // One is locked away, the other sealed in an envelope: a page each.
  const pages = await netra.app.evaluate(async ({ BrowserWindow }) => {
    const printed = await BrowserWindow.getAllWindows()[0]?.webContents.printToPDF({});
    return [...(printed?.toString('latin1') ?? '').matchAll(/\/Type \/Page\b/g)].length;
  });
  expect(pages).toBe(2);
  await page.getByLabel(WORDS.codes_last_four).fill(recovery.slice(-4));
  await submit(page, WORDS.codes_done);
  await expect(page.getByTestId('status-protected')).toHaveText(WORDS.window_protected);
  expect(readFileSync(join(netra.profile, 'vault.json'), 'utf8')).not.toContain(recovery.replaceAll('-', ''));

  // A PIN of one's own.
  await page.getByTestId('account').click();
  await page.getByRole('dialog').getByLabel(WORDS.account_password, { exact: true }).fill(FIRST_PASSWORD);
  await page.getByLabel(WORDS.me_pin_new).fill('4827');
  await submit(page, WORDS.me_pin_set);
  await expect(page.getByText(WORDS.me_pin_is_set)).toBeVisible();

  // Signed out: the page before, and the main side refuses.
  await submit(page, WORDS.me_sign_out);
  await expect(page.getByRole('heading', { name: 'Sunrise Eye Clinic' })).toBeVisible();
  await expect(netra.ask('listRuns', {})).rejects.toThrow('not-signed-in');

  // The language can be changed before anybody has signed in.
  await page.getByRole('combobox').selectOption('ta');
  await expect(page.locator('html')).toHaveAttribute('lang', 'ta');
  await page.getByRole('combobox').selectOption('en');

  await submit(page, WORDS.lock_use_password);
  for (let tries = 0; tries < 3; tries += 1) {
    await tryPassword(page, `wrong ${tries}`);
    await expect(page.getByRole('alert')).toContainText('sign-in-failed');
  }
  await tryPassword(page, FIRST_PASSWORD);
  await expect(page.getByRole('alert')).toContainText('sign-in-throttled');
  // The wait is ten seconds after three wrong ones.
  await page.waitForTimeout(10_500);
  await tryPassword(page, FIRST_PASSWORD);
  await expect(page.getByTestId('account')).toBeVisible();

  // What is written into a form stays there over a lock and a wrong PIN.
  await page.getByTestId('account').click();
  await page.getByLabel(WORDS.me_pin_new).fill('73');
  await netra.ask('lock', {});
  await expect(page.getByRole('heading', { name: WORDS.lock_title })).toBeVisible();
  await expect(page.getByRole('button', { name: WORDS.me_pin_set })).toBeHidden();
  await page.keyboard.press('Escape');
  await page.getByLabel(WORDS.lock_pin, { exact: true }).fill('1111');
  await submit(page, WORDS.signin_go);
  await expect(page.getByRole('alert')).toContainText('pin-wrong');
  await page.getByLabel(WORDS.lock_pin, { exact: true }).fill('4827');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel(WORDS.me_pin_new)).toHaveValue('73');

  // Closed and opened again, the PIN opens nothing: the password does.
  await quit(netra);
  await exited(netra);
  const again = await launch({ accounts: 'first-start' });
  await expect(again.page.getByLabel(WORDS.account_password, { exact: true })).toBeVisible();
  expect((await again.ask('status', {})).profile.state).toBe('closed');
  await tryPassword(again.page, FIRST_PASSWORD);
  await expect(again.page.getByTestId('account')).toHaveText('Asha Nair');
  const { rows } = await again.ask('auditEvents', {
    actorId: null,
    action: null,
    recordId: null,
    from: null,
    until: null,
    offset: 0,
    limit: 50,
  });
  const actions = rows.map(({ action }) => action);
  for (const action of ['profile.set-up', 'session.signed-out', 'session.locked', 'session.pin-wrong', 'session.unlocked']) {
    expect(actions).toContain(action);
  }
  expect(await again.ask('auditChain', {})).toMatchObject({ ok: true, brokenAtSeq: null });

  // The log and its filter speak the language of the window.
  const hindi = wordsIn('hi');
  await again.ask('setSettings', { theme: 'light', locale: 'hi' });
  await again.page.reload();
  await again.page.evaluate(() => {
    location.hash = '#/room/audit';
  });
  const cells = again.page.locator('tbody td:nth-child(4)');
  await expect(cells.filter({ hasText: hindi.audit_event_session_pin_wrong })).toHaveCount(1);
  const said = await cells.allTextContents();
  expect(said).toHaveLength(rows.length);
  await again.page.getByLabel(hindi.audit_what).click();
  const choices = again.page.getByRole('option');
  await choices.first().waitFor();
  for (const words of [...said, ...(await choices.allTextContents())]) expect(words).toMatch(/[\u0900-\u097f]/);
  await choices.filter({ hasText: hindi.audit_event_profile_set_up }).click();
  await expect(cells).toHaveText([hindi.audit_event_profile_set_up]);
});

test('each role sees its own rooms, is refused the others by the main side, and the next person begins at their own place', async ({
  launch,
}) => {
  const netra: Netra = await launch({ accounts: 'staffed' });
  const { page } = netra;
  await signIn(netra, 'technician');
  await expect(page.getByTestId('account')).toHaveText(STAFF.technician.name);
  await expect(netra.ask('listAccounts', {})).rejects.toThrow('not-permitted');
  await expect(page.getByRole('button', { name: WORDS.section_models, exact: true })).toHaveCount(0);
  const place = page.url();
  await netra.ask('lock', {});
  // Somebody else takes over with their own password.
  await page.getByRole('radio', { name: STAFF.doctor.name }).check();
  await tryPassword(page, 'doctor quiet lamp river');
  await expect(page.getByTestId('account')).toHaveText(STAFF.doctor.name);
  expect(page.url()).not.toBe(place);
  await signIn(netra, 'admin');
  await expect(page.getByTestId('account')).toHaveText(STAFF.admin.name);
  expect(await netra.ask('listAccounts', {})).toHaveLength(Object.keys(STAFF).length);
});
