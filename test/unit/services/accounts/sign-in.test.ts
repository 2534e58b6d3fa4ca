import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { createOrOpenProfile, type Profile } from '../../../../electron/db/profile/profile';
import { listAuditEvents, verifyAuditChain } from '../../../../electron/db/audit';
import {
  addAccount,
  changeAccount,
  changePassword,
  changePin,
  endAccount,
  listAccounts,
  renewCode,
  resetPassword,
} from '../../../../electron/services/accounts/accounts';
import { openWithCode, openWithPassword } from '../../../../electron/services/accounts/open-vault';
import { checkPin } from '../../../../electron/services/accounts/password-rules';
import { Sessions } from '../../../../electron/services/accounts/sessions';
import { setUpClinic } from '../../../../electron/services/accounts/set-up';
import { Throttle } from '../../../../electron/services/accounts/throttle';
import { listBrokenGlass, markGlassSeen } from '../../../../electron/services/accounts/broken-glass';
import { recordRead } from '../../../../electron/services/audit/record-read';
import type { Actor } from '../../../../electron/shared/domain/codes';
import type { EmergencyCodes } from '../../../../electron/shared/ipc/accounts';
import { errorOf, rejectionOf } from '../../../helpers/errors';
import { temporaryFolder } from '../../../helpers/temporary';
import { ADMIN, clinic, SITE } from '../../../helpers/clinic';

// Half a second and 128 MiB for each password: the real cost is paid by the tests of the window.
vi.mock('../../../../electron/db/profile/vault-crypto', async (original) => ({
  ...(await original<object>()),
  SCRYPT_COST: { n: 2 ** 10, r: 8, p: 1 },
}));

/** A clinic whose administrator is signed in. */
async function open(): Promise<{
  folder: string;
  codes: EmergencyCodes;
  profile: Profile;
  sessions: Sessions;
  admin: Actor;
  throttle: Throttle;
}> {
  const { folder, codes } = await clinic();
  const throttle = new Throttle(folder);
  const opened = await openWithPassword(folder, throttle, ADMIN.login, ADMIN.password);
  const profile = await createOrOpenProfile(folder, opened.vault);
  onTestFinished(() => profile.close());
  const sessions = new Sessions(profile);
  await sessions.signIn(opened);
  return { folder, codes, profile, sessions, admin: sessions.actor(), throttle };
}

function actions(profile: Profile): string[] {
  return listAuditEvents(profile.database, { actorId: null, action: null, recordId: null, from: null, until: null, offset: 0, limit: 500 })
    .rows.map(({ action }) => action)
    .reverse();
}

describe('a first start', () => {
  test('makes a site, an administrator and two codes, and no key that opens without them', async () => {
    const { folder, profile, sessions, codes } = await open();
    expect(existsSync(join(folder, 'key.json'))).toBe(false);
    expect(profile.protected).toBe(true);
    expect(sessions.state()).toMatchObject({ state: 'signed-in', who: { name: ADMIN.name, roles: ['technician', 'admin'] } });
    expect(codes.recovery).not.toBe(codes['break-glass']);
    const file = readFileSync(join(folder, 'vault.json'), 'utf8');
    for (const secret of [codes.recovery, codes['break-glass'], ADMIN.password]) expect(file).not.toContain(secret);
    expect(
      await rejectionOf(createOrOpenProfile(`${folder}-other`).then((other) => (other.close(), createOrOpenProfile(folder)))),
    ).toMatchObject({
      code: 'sign-in-required',
    });
    expect(actions(profile)).toEqual(['profile.set-up', 'account.added', 'session.signed-in']);
  });

  test('is refused where a profile is, with a weak password, or with AI results before a validation, and leaves nothing', async () => {
    const { folder } = await open();
    expect(await rejectionOf(setUpClinic(folder, SITE, ADMIN))).toMatchObject({ code: 'profile-exists' });
    const fresh = join(temporaryFolder(), 'profile');
    for (const [password, code] of [
      ['short one', 'password-too-short'],
      ['password1234', 'password-too-common'],
      ['sunrise eye clinic', 'password-too-common'],
    ]) {
      expect(await rejectionOf(setUpClinic(fresh, SITE, { ...ADMIN, password: password ?? '' }))).toMatchObject({ code });
    }
    expect(await rejectionOf(setUpClinic(fresh, { ...SITE, mode: 'ai-result-issued' }, ADMIN))).toMatchObject({
      code: 'validation-missing',
    });
    expect(existsSync(fresh)).toBe(false);
  });
});

describe('signing in', () => {
  test('with a wrong password is refused, slowed down across restarts, and counted in the audit log', async () => {
    const { folder } = await clinic();
    let now = 1_000_000;
    const throttle = new Throttle(folder, () => now);
    for (let tries = 0; tries < 3; tries++) {
      expect(await rejectionOf(openWithPassword(folder, throttle, ADMIN.login, 'not the password'))).toMatchObject({
        code: 'sign-in-failed',
      });
    }
    const again = new Throttle(folder, () => now);
    expect(await rejectionOf(openWithPassword(folder, again, ADMIN.login, ADMIN.password))).toMatchObject({
      code: 'sign-in-throttled',
      params: { seconds: 10 },
    });
    // A clock that was set back by a year does not lock anybody out for one.
    now -= 365 * 86_400_000;
    expect(await rejectionOf(again.check(ADMIN.login))).toMatchObject({ code: 'sign-in-throttled', params: { seconds: 10 } });
    now += 11_000;
    const opened = await openWithPassword(folder, again, ` ${ADMIN.login.toUpperCase()} `, ADMIN.password);
    expect(opened.failures).toBe(3);
    const profile = await createOrOpenProfile(folder, opened.vault);
    onTestFinished(() => profile.close());
    await new Sessions(profile).signIn(opened);
    const { rows } = listAuditEvents(profile.database, {
      actorId: null,
      action: 'session.signed-in',
      recordId: null,
      from: null,
      until: null,
      offset: 0,
      limit: 1,
    });
    expect(JSON.parse(rows[0]?.details ?? '')).toEqual({ failuresBefore: 3 });
  });

  test('with a password that an administrator gave allows nothing until one of their own is chosen', async () => {
    const { folder, profile, sessions, admin, throttle } = await open();
    const { account, password } = await addAccount(admin, profile, { login: 'meena', name: 'Meena', roles: ['technician'] });
    await sessions.signIn(await openWithPassword(folder, throttle, 'meena', password));
    expect(errorOf(() => sessions.actor())).toMatchObject({ code: 'password-must-change' });
    const who = sessions.signedIn();
    expect(await rejectionOf(changePassword(who, profile, { current: 'wrong', next: 'tiger lamp river' }))).toMatchObject({
      code: 'password-wrong',
    });
    expect(await rejectionOf(changePassword(who, profile, { current: password, next: password }))).toMatchObject({
      code: 'password-too-common',
    });
    await changePassword(who, profile, { current: password, next: 'tiger lamp river' });
    sessions.refresh();
    expect(sessions.actor()).toEqual({ userId: account.id, roles: ['technician'] });
    expect(await rejectionOf(openWithPassword(folder, throttle, 'meena', password))).toMatchObject({ code: 'sign-in-failed' });
  });

  test('is over for somebody who left, even with an old vault put back', async () => {
    const { folder, profile, sessions, admin, throttle } = await open();
    const { account, password } = await addAccount(admin, profile, { login: 'meena', name: 'Meena', roles: ['technician'] });
    const before = readFileSync(join(folder, 'vault.json'));
    await endAccount(admin, profile, account.id);
    expect(await rejectionOf(openWithPassword(folder, throttle, 'meena', password))).toMatchObject({ code: 'sign-in-failed' });
    writeFileSync(join(folder, 'vault.json'), before);
    const opened = await openWithPassword(folder, throttle, 'meena', password);
    expect(await rejectionOf(sessions.signIn(opened))).toMatchObject({ code: 'account-left' });
    expect(await rejectionOf(openWithPassword(folder, throttle, 'meena', password))).toMatchObject({ code: 'sign-in-failed' });
  });
});

describe('a lock', () => {
  async function withPin() {
    const all = await open();
    await changePin(all.admin, all.profile, { password: ADMIN.password, pin: '4827' });
    all.sessions.refresh();
    all.sessions.lock();
    return all;
  }

  test('ends the session and keeps the place; the PIN opens it again', async () => {
    const { sessions, admin, profile } = await withPin();
    expect(errorOf(() => sessions.actor())).toMatchObject({ code: 'not-signed-in' });
    expect(sessions.state()).toMatchObject({ state: 'locked', people: [{ login: ADMIN.login, mayUsePin: true }] });
    await sessions.unlock({ userId: admin.userId, pin: '4827' });
    expect(sessions.actor()).toEqual(admin);
    expect(actions(profile).slice(-3)).toEqual(['account.pin-set', 'session.locked', 'session.unlocked']);
  });

  test('takes no sixth try, even of the right PIN, until the password was given', async () => {
    const { folder, sessions, admin, throttle } = await withPin();
    for (const left of [4, 3, 2, 1]) {
      expect(await rejectionOf(sessions.unlock({ userId: admin.userId, pin: '1111' }))).toMatchObject({
        code: 'pin-wrong',
        params: { left },
      });
    }
    expect(await rejectionOf(sessions.unlock({ userId: admin.userId, pin: '1111' }))).toMatchObject({ code: 'pin-blocked' });
    expect(await rejectionOf(sessions.unlock({ userId: admin.userId, pin: '4827' }))).toMatchObject({ code: 'pin-blocked' });
    await sessions.signIn(await openWithPassword(folder, throttle, ADMIN.login, ADMIN.password));
    sessions.lock();
    await sessions.unlock({ userId: admin.userId, pin: '4827' });
  });

  test('is not opened by the PIN of somebody who has not given their password since the profile was opened', async () => {
    const { profile, admin } = await withPin();
    const later = new Sessions(profile);
    expect(await rejectionOf(later.unlock({ userId: admin.userId, pin: '4827' }))).toMatchObject({ code: 'pin-blocked' });
  });

  test('comes by itself when nobody was there for the time of the site', async () => {
    const { profile, folder, throttle } = await open();
    let now = 0;
    const sessions = new Sessions(profile, () => now);
    await sessions.signIn(await openWithPassword(folder, throttle, ADMIN.login, ADMIN.password));
    now = 4.9 * 60_000;
    expect(sessions.lockIfIdle()).toBe(false);
    sessions.touch();
    now += 5 * 60_000;
    expect(sessions.lockIfIdle()).toBe(true);
    expect(sessions.lockIfIdle()).toBe(false);
  });

  test.each(['12', '1234', '5555', '987654', 'abcd', '123456789'])('takes no PIN like %s', (pin) => {
    expect(errorOf(() => checkPin(pin))).toMatchObject({ code: 'pin-invalid' });
  });
});

describe('when something is lost', () => {
  test('a forgotten password: an administrator gives a new one', async () => {
    const { folder, profile, admin, throttle } = await open();
    const { account, password } = await addAccount(admin, profile, { login: 'meena', name: 'Meena', roles: ['doctor'] });
    const reset = await resetPassword(admin, profile, account.id);
    expect(await rejectionOf(openWithPassword(folder, throttle, 'meena', password))).toMatchObject({ code: 'sign-in-failed' });
    expect((await openWithPassword(folder, throttle, 'meena', reset.password)).entryId).toBe(account.id);
    expect(listAccounts(admin, profile).at(-1)).toMatchObject({ login: 'meena', mustChangePassword: true });
  });

  test("an administrator's password: the recovery code sets a new one, and only an administrator's", async () => {
    const { folder, codes, profile, sessions, admin, throttle } = await open();
    await addAccount(admin, profile, { login: 'meena', name: 'Meena', roles: ['doctor'] });
    sessions.signOut();
    expect(await rejectionOf(openWithCode(folder, throttle, 'recovery', codes.recovery.replace(/^./, 'O')))).toMatchObject({
      code: 'code-invalid',
    });
    expect(await rejectionOf(openWithCode(folder, throttle, 'recovery', codes['break-glass']))).toMatchObject({ code: 'sign-in-failed' });
    await openWithCode(folder, throttle, 'recovery', codes.recovery.toLowerCase().replace(/(.{4})/g, '$1 '));
    expect(await rejectionOf(sessions.recover({ login: 'meena', password: 'seven green parrots' }))).toMatchObject({
      code: 'not-permitted',
    });
    await sessions.recover({ login: ADMIN.login, password: 'seven green parrots' });
    expect(sessions.actor()).toEqual(admin);
    expect(await rejectionOf(openWithPassword(folder, throttle, ADMIN.login, ADMIN.password))).toMatchObject({ code: 'sign-in-failed' });
    expect(actions(profile)).toContain('account.recovered');
  });

  test('the recovery code: a new one closes the old', async () => {
    const { folder, codes, profile, admin, throttle } = await open();
    expect(await rejectionOf(renewCode(admin, profile, { kind: 'recovery', password: 'wrong' }))).toMatchObject({ code: 'password-wrong' });
    const { code } = await renewCode(admin, profile, { kind: 'recovery', password: ADMIN.password });
    expect(await rejectionOf(openWithCode(folder, throttle, 'recovery', codes.recovery))).toMatchObject({ code: 'sign-in-failed' });
    expect((await openWithCode(folder, throttle, 'recovery', code)).entryId).toBe('recovery');
    // The sealed one is another matter.
    await openWithCode(folder, throttle, 'break-glass', codes['break-glass']);
  });

  test('everybody: the sealed code opens everything, loudly, until an administrator has looked into it', async () => {
    const { folder, codes, profile, sessions, admin, throttle } = await open();
    await openWithCode(folder, throttle, 'break-glass', codes['break-glass']);
    sessions.breakGlass({ person: 'Dr Rao', reason: 'All are on leave, a patient bleeds' });
    const breaker = sessions.actor();
    expect(breaker).toEqual({ userId: 'break-glass', roles: ['technician', 'doctor', 'admin'] });
    const [use] = listBrokenGlass(breaker, profile);
    expect(use).toMatchObject({ person: 'Dr Rao', seenAt: null });
    expect(errorOf(() => markGlassSeen(breaker, profile, use?.id ?? ''))).toMatchObject({ code: 'not-permitted' });
    recordRead(profile, breaker, 'patient', 'p1');
    markGlassSeen(admin, profile, use?.id ?? '');
    expect(listBrokenGlass(admin, profile)[0]?.seenAt).not.toBeNull();
    const { rows } = listAuditEvents(profile.database, {
      actorId: 'break-glass',
      action: null,
      recordId: null,
      from: null,
      until: null,
      offset: 0,
      limit: 9,
    });
    expect(rows.map(({ action }) => action).reverse()).toEqual(['break-glass.used', 'session.signed-in', 'patient.viewed']);
    expect(rows.map(({ details }) => details).join('')).not.toMatch(/Rao|leave/);
    expect(verifyAuditChain(profile.database).ok).toBe(true);
  });
});

describe('accounts', () => {
  test('keep an administrator, a login for one person only, and are changed by administrators only', async () => {
    const { profile, admin } = await open();
    const { account } = await addAccount(admin, profile, { login: 'meena', name: 'Meena', roles: ['technician'] });
    expect(await rejectionOf(addAccount(admin, profile, { login: 'meena', name: 'Another', roles: ['doctor'] }))).toMatchObject({
      code: 'login-taken',
    });
    expect(await rejectionOf(addAccount(admin, profile, { login: 'Dr. R', name: 'R', roles: ['doctor'] }))).toMatchObject({
      code: 'login-invalid',
    });
    expect(await rejectionOf(endAccount(admin, profile, admin.userId))).toMatchObject({ code: 'last-admin' });
    expect(errorOf(() => changeAccount(admin, profile, { userId: admin.userId, name: 'A', roles: ['doctor'] }))).toMatchObject({
      code: 'last-admin',
    });
    const meena: Actor = { userId: account.id, roles: account.roles };
    expect(await rejectionOf(addAccount(meena, profile, { login: 'x-y', name: 'X', roles: ['admin'] }))).toMatchObject({
      code: 'not-permitted',
    });
    expect(await rejectionOf(resetPassword(meena, profile, admin.userId))).toMatchObject({ code: 'not-permitted' });
    await endAccount(admin, profile, account.id);
    expect(await rejectionOf(addAccount(admin, profile, { login: 'meena', name: 'New Meena', roles: ['doctor'] }))).toMatchObject({
      code: 'login-taken',
    });
    expect(() => profile.database.exec('DELETE FROM app_user')).toThrow(/append-only/);
    expect(() => profile.database.exec("UPDATE app_user SET login = 'x'")).toThrow(/append-only/);
  });
});

test('a look at a record is written once for each person and look', async () => {
  const { profile, admin } = await open();
  const other: Actor = { userId: 'someone', roles: ['doctor'] };
  for (const actor of [admin, admin, other]) recordRead(profile, actor, 'patient', 'p1');
  recordRead(profile, admin, 'patient', 'p2');
  expect(actions(profile).filter((action) => action === 'patient.viewed')).toHaveLength(3);
});
