import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { siteDayStart, siteHour } from '../../electron/shared/clinical/days';
import { NEW_KEY_NIGHT } from '../../electron/shared/domain/accounts';
import { EMPTY_IDENTITY } from '../../electron/shared/domain/patients';
import type { Output } from '../../electron/shared/ipc/contract';
import { passwordOf, STAFF } from '../helpers/staffed-clinic';
import { passTime } from './helpers/clock';
import { exited, expect, type Netra, signIn, test, until } from './helpers/netra';
import { WORDS } from './helpers/words';

const PASSWORD = 'quiet lamp under river';
const AFTER_RECOVERY = 'seven green parrots sing';
/** So many that copying them under another key takes long enough to be killed in the middle. */
const PHOTOGRAPHS = 160;
const HOUR_MS = 3_600_000;
/** The program looks at the hour every few seconds. */
const SEVERAL_LOOKS_MS = 12_000;

/** A profile that was worked with before there were accounts: its key lies in its folder. */
async function usedProfile(folder: string): Promise<void> {
  const profile = await createOrOpenProfile(folder);
  for (let number = 0; number < PHOTOGRAPHS; number += 1) {
    const original = randomBytes(20_000);
    await profile.blobs.putAll(createHash('sha256').update(original).digest('hex'), { original });
  }
  profile.close();
}

async function press(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name, exact: true }).click();
}

async function goTo(page: Page, room: string): Promise<void> {
  await page.evaluate((name) => {
    location.hash = `#/room/${name}`;
  }, room);
}

async function signInAs(page: Page, person: string, password: string): Promise<void> {
  await page.getByRole('radio', { name: person, exact: true }).check();
  if (await page.getByRole('button', { name: WORDS.lock_use_password }).isVisible()) await press(page, WORDS.lock_use_password);
  await page.getByLabel(WORDS.account_password, { exact: true }).fill(password);
  await press(page, WORDS.signin_go);
  await expect(page.getByTestId('account')).toBeVisible();
}

async function signOut(page: Page): Promise<void> {
  await page.getByTestId('account').click();
  await press(page, WORDS.me_sign_out);
  await expect(page.getByRole('heading', { name: 'Sunrise Eye Clinic' })).toBeVisible();
}

/** Reads a code from the sheet and says that it is on paper. */
async function takeCodes(page: Page, proof: 'recovery' | 'break-glass'): Promise<string> {
  const code = (await page.getByTestId(`code-${proof}`).textContent()) ?? '';
  await page.getByLabel(WORDS.codes_last_four).fill(code.slice(-4));
  return code;
}

async function eventsOf(netra: Netra): Promise<Output<'auditEvents'>['rows']> {
  const filter = { actorId: null, action: null, recordId: null, from: null, until: null };
  return (await netra.ask('auditEvents', { ...filter, offset: 0, limit: 200 })).rows;
}

async function actionsOf(netra: Netra): Promise<string[]> {
  return (await eventsOf(netra)).map(({ action }) => action);
}

/** What all of it is encrypted for, as it lies on the disk. */
function vaultOf(profile: string): string {
  return readFileSync(join(profile, 'vault.json'), 'utf8');
}

test('a profile is protected, a password forgotten, a code lost, the glass broken, and a new key made after somebody left, over a power cut', async ({
  launch,
  folder,
}) => {
  test.setTimeout(240_000);
  const place = join(folder, 'profile');
  await usedProfile(place);
  const netra = await launch();
  const { page } = netra;
  await until(async () => (await netra.ask('status', {})).profile.state === 'open');
  await netra.ask('registerPatient', { identity: { ...EMPTY_IDENTITY, name: 'Lakshmi Devi' } });

  // Begun without accounts: copied under a new key, and the key that lay in the folder is gone.
  expect(existsSync(join(place, 'key.json'))).toBe(true);
  await goTo(page, 'accounts');
  await press(page, WORDS.accounts_protect);
  await page.getByLabel(WORDS.site_name).fill('Sunrise Eye Clinic');
  await page.getByLabel(WORDS.site_contact).fill('044 1234567');
  await page.getByLabel(WORDS.account_name).fill('Asha Nair');
  await page.getByLabel(WORDS.account_login).fill('asha');
  await page.getByLabel(WORDS.account_password, { exact: true }).fill(PASSWORD);
  await page.getByLabel(WORDS.account_password_again).fill(PASSWORD);
  await press(page, WORDS.setup_create);
  const glass = (await page.getByTestId('code-break-glass').textContent({ timeout: 60_000 })) ?? '';
  const lost = await takeCodes(page, 'recovery');
  await press(page, WORDS.codes_done);
  await expect(page.getByTestId('status-protected')).toHaveText(WORDS.window_protected);
  expect(existsSync(join(place, 'key.json'))).toBe(false);
  expect(await netra.ask('findPatients', { query: 'lakshmi' })).toHaveLength(1);

  // Somebody who will leave.
  await goTo(page, 'accounts');
  await press(page, WORDS.accounts_add);
  await page.getByLabel(WORDS.account_name).fill('Meena Kumari');
  await page.getByLabel(WORDS.account_login).fill('meena');
  await page.getByRole('checkbox', { name: WORDS.role_technician }).check();
  await press(page, WORDS.accounts_save);
  await expect(page.getByTestId('handover')).toBeVisible();
  await press(page, WORDS.accounts_handed_over);

  // The recovery code was lost: an administrator prints another one, and the old paper opens nothing.
  await page.getByLabel(WORDS.accounts_your_password).first().fill(PASSWORD);
  await press(page, WORDS.accounts_renew_recovery);
  const recovery = await takeCodes(page, 'recovery');
  await press(page, WORDS.codes_done);

  // Five wrong PINs: then the password is asked for.
  await page.getByTestId('account').click();
  await page.getByRole('dialog').getByLabel(WORDS.account_password, { exact: true }).fill(PASSWORD);
  await page.getByLabel(WORDS.me_pin_new).fill('4827');
  await press(page, WORDS.me_pin_set);
  await expect(page.getByText(WORDS.me_pin_is_set)).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: WORDS.lock_switch }).click();
  for (const left of [4, 3, 2, 1]) {
    await page.getByLabel(WORDS.lock_pin, { exact: true }).fill('9173');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toContainText(new RegExp(`${left} tr`));
  }
  await page.getByLabel(WORDS.lock_pin, { exact: true }).fill('9173');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('pin-blocked');
  await page.getByLabel(WORDS.account_password, { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByTestId('account')).toBeVisible();

  // A forgotten password: the new paper sets another one.
  await signOut(page);
  for (const [code, refused] of [
    ['AAAA-BBBB', 'code-invalid'],
    [lost, 'sign-in-failed'],
    [recovery, null],
  ] as const) {
    if (!(await page.getByLabel(WORDS.signin_code).isVisible())) {
      await press(page, WORDS.signin_forgotten);
      await press(page, WORDS.signin_recover);
    }
    await page.getByLabel(WORDS.signin_code).fill(code);
    await page.getByLabel(WORDS.account_login).fill('asha');
    await page.getByLabel(WORDS.account_password_new).fill(AFTER_RECOVERY);
    await page.getByLabel(WORDS.account_password_again).fill(AFTER_RECOVERY);
    await press(page, WORDS.signin_open);
    if (refused !== null) await expect(page.getByRole('alert')).toContainText(refused);
  }
  await expect(page.getByTestId('account')).toHaveText('Asha Nair');

  // The envelope is opened: whoever does it works under a banner, and so does everybody after them until an administrator has looked into it.
  await signOut(page);
  await press(page, WORDS.signin_break_glass);
  await page.getByLabel(WORDS.signin_code).fill(glass);
  await page.getByLabel(WORDS.signin_your_name).fill('Dr. Anand Rao');
  await page.getByLabel(WORDS.signin_reason).fill('a patient in danger, nobody here');
  await press(page, WORDS.signin_open);
  await expect(page.getByText(WORDS.glass_session.replace('{name}', 'Dr. Anand Rao'))).toBeVisible();
  await signOut(page);
  await signInAs(page, 'Asha Nair', AFTER_RECOVERY);
  const warning = page.getByText(WORDS.glass_banner.split('{')[0] ?? '');
  await expect(warning).toBeVisible();
  await goTo(page, 'accounts');
  await expect(page.getByText('a patient in danger, nobody here')).toBeVisible();
  await press(page, WORDS.accounts_glass_seen);
  await expect(warning).toHaveCount(0);
  const actions = await actionsOf(netra);
  for (const action of ['profile.protected', 'vault.code-renewed', 'account.recovered', 'break-glass.used', 'break-glass.seen'])
    expect(actions, action).toContain(action);

  // Somebody leaves: a new key is offered, planned, and made when nobody is signed in.
  const leaver = page.getByRole('listitem').filter({ hasText: 'Meena Kumari' });
  await leaver.getByRole('button', { name: WORDS.accounts_end }).click();
  await leaver.getByRole('button', { name: WORDS.accounts_end }).last().click();
  await expect(page.getByText(/^Left since the key was made: Meena Kumari/)).toBeVisible();
  await page.getByRole('radio', { name: WORDS.accounts_rekey_signed_out }).check();
  await page.getByLabel(WORDS.accounts_your_password).last().fill(AFTER_RECOVERY);
  await press(page, WORDS.accounts_rekey_plan);
  await expect(page.getByText(WORDS.accounts_rekey_planned_out)).toBeVisible();
  const before = vaultOf(place);
  await signOut(page);
  await expect(page.getByText(WORDS.accounts_rekey_planned_out)).toBeVisible();
  // The power fails in the middle of it.
  await until(async () => {
    const { profile } = await netra.ask('status', {});
    return profile.state === 'copying' && profile.done > 20;
  }, 60_000);
  await expect(page.getByRole('button', { name: WORDS.accounts_copying_stop })).toBeVisible();
  netra.process.kill('SIGKILL');
  await exited(netra);
  expect(vaultOf(place)).toBe(before);

  // Nothing is harmed, the plan is still there, and it is carried out as soon as nobody is signed in again.
  const again = await launch({ accounts: 'first-start' });
  await again.page.getByLabel(WORDS.account_password, { exact: true }).fill(AFTER_RECOVERY);
  await press(again.page, WORDS.signin_go);
  await expect(again.page.getByTestId('account')).toHaveText('Asha Nair');
  expect(await again.ask('findPatients', { query: 'lakshmi' })).toHaveLength(1);
  await goTo(again.page, 'accounts');
  await expect(again.page.getByText(WORDS.accounts_rekey_planned_out)).toBeVisible();
  await signOut(again.page);
  // Stopped by somebody who has to work: as before, and not begun again over their head.
  await again.page.getByRole('button', { name: WORDS.accounts_copying_stop }).click({ timeout: 60_000 });
  await signInAs(again.page, 'Asha Nair', AFTER_RECOVERY);
  expect(vaultOf(place)).toBe(before);
  await signOut(again.page);
  await until(async () => (await again.ask('status', {})).profile.state === 'copying', 60_000);
  await until(async () => (await again.ask('status', {})).profile.state === 'open', 60_000);
  expect(vaultOf(place)).not.toBe(before);
  await signInAs(again.page, 'Asha Nair', AFTER_RECOVERY);
  expect(await again.ask('findPatients', { query: 'lakshmi' })).toHaveLength(1);
  expect(await again.ask('newKeyState', {})).toEqual({ left: [], plan: null });
  expect(await actionsOf(again)).toContain('profile.rekeyed');
  expect(await again.ask('auditChain', {})).toMatchObject({ ok: true });
});

/** How long it is until the clock on the site's wall says so many hours of tomorrow. */
function untilTomorrowAt(hour: number, zone: string): number {
  const start = siteDayStart(Date.now() + 24 * HOUR_MS, zone);
  return start + hour * HOUR_MS - Date.now();
}

test('somebody has left: planned for the night, a new key waits for the site’s night and is then made over the window that was left', async ({
  launch,
}) => {
  // Where the site was set up. The computer's own clock stands in another zone: noon there is night here.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const netra = await launch({ accounts: 'staffed', environment: { TZ: 'Pacific/Auckland' } });
  const { page, profile } = netra;
  await passTime(netra, untilTomorrowAt(12, zone));
  await signIn(netra, 'admin');
  await goTo(page, 'accounts');
  const leaver = page.getByRole('listitem').filter({ hasText: STAFF.technician.name });
  await leaver.getByRole('button', { name: WORDS.accounts_end }).click();
  await leaver.getByRole('button', { name: WORDS.accounts_end }).last().click();
  const night = `${WORDS.accounts_rekey_night.replace('{from}', String(NEW_KEY_NIGHT.from)).replace('{until}', String(NEW_KEY_NIGHT.until))}`;
  await expect(page.getByRole('radio', { name: night })).toBeChecked();
  await page.getByLabel(WORDS.accounts_your_password).last().fill(passwordOf('admin'));
  await press(page, WORDS.accounts_rekey_plan);
  await expect(page.getByText(WORDS.accounts_rekey_leave_on)).toBeVisible();
  const before = vaultOf(profile);

  // The administrator goes away: the window locks, and by day that is all.
  await passTime(netra, untilTomorrowAt(17, zone));
  await expect(page.getByRole('heading', { name: WORDS.lock_title })).toBeVisible();
  await page.waitForTimeout(SEVERAL_LOOKS_MS);
  expect((await netra.ask('status', {})).profile.state).toBe('open');
  expect(vaultOf(profile)).toBe(before);

  await passTime(netra, untilTomorrowAt(NEW_KEY_NIGHT.from, zone));
  await until(() => vaultOf(profile) !== before, 60_000);
  await signInAs(page, STAFF.admin.name, passwordOf('admin'));
  expect(await netra.ask('newKeyState', {})).toEqual({ left: [], plan: null });
  const made = (await eventsOf(netra)).find(({ action }) => action === 'profile.rekeyed');
  expect(siteHour(made?.at ?? 0, zone)).toBe(NEW_KEY_NIGHT.from);
});
