import { appendAuditEvent } from '../../db/audit';
import { newId } from '../../db/ids';
import type { Profile } from '../../db/profile/profile';
import type { UnlockedVault } from '../../db/profile/vault';
import { endClinicalAssignmentsOf } from '../../db/queries/clinical';
import { getSiteSettings } from '../../db/queries/sites';
import {
  addUser,
  countActiveAdmins,
  findUser,
  getUser,
  listUsers,
  setMustChangePassword,
  setPin,
  setUserRoles,
  setUserState,
} from '../../db/queries/users';
import { transaction } from '../../db/sql';
import type { Account } from '../../shared/domain/accounts';
import type { AuditAction } from '../../shared/domain/audit';
import { type Actor, type Role, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { readerLeaves } from '../reading/reader-leaves';
import { checkLogin, checkPassword } from './password-rules';
import { hashPin } from './pin';
import { CODE_ENTRIES, type CodeKind, newCode, temporaryPassword } from './secrets';

export type Accounts = Pick<Profile, 'database' | 'site' | 'vault'>;

/** @throws AppError not-permitted in a profile without accounts */
export function vaultOf(profile: Accounts): UnlockedVault {
  if (profile.vault === null) throw new AppError('not-permitted', { reason: 'no-accounts' });
  return profile.vault;
}

/** Those who left too, in the order they were added. */
export function listAccounts(actor: Actor, profile: Accounts): Account[] {
  requireRole(actor, 'admin');
  return listUsers(profile.database);
}

/**
 * Adds somebody with a password to be changed at the first sign-in.
 *
 * @returns the account and the password to hand over; it is kept nowhere
 * @throws AppError login-invalid | login-taken | not-permitted
 */
export async function addAccount(
  actor: Actor,
  profile: Accounts,
  { login, name, roles }: { login: string; name: string; roles: readonly Role[] },
): Promise<{ account: Account; password: string }> {
  requireRole(actor, 'admin');
  const vault = vaultOf(profile);
  checkLogin(login);
  if (findUser(profile.database, login) !== undefined) throw new AppError('login-taken');
  const password = temporaryPassword();
  const id = newId();
  // The row first: a vault entry without an account would open the profile for nobody known.
  const account = change(profile, actor, 'account.added', id, rolesDetail(roles), () =>
    addUser(profile.database, { id, siteId: profile.site.id, login, name, roles, mustChangePassword: true }),
  );
  await vault.put({ id, kind: 'password', login }, password);
  return { account, password };
}

/** @throws AppError not-found | last-admin */
export function changeAccount(
  actor: Actor,
  profile: Accounts,
  { userId, name, roles }: { userId: string; name: string; roles: readonly Role[] },
): Account {
  requireRole(actor, 'admin');
  const user = activeUser(profile, userId);
  if (user.roles.includes('admin') && !roles.includes('admin')) keepAnAdmin(profile);
  return change(profile, actor, 'account.changed', userId, rolesDetail(roles), () => {
    setUserRoles(profile.database, userId, name, roles);
    if (user.roles.includes('doctor') && !roles.includes('doctor')) stopsReading(profile, actor, userId);
    return knownUser(profile, userId);
  });
}

/**
 * Somebody stops working here: their password opens nothing any more. Who may have copied the folder before is stopped by a new key only, so one is
 * offered afterwards.
 *
 * @throws AppError not-found | last-admin
 */
export async function endAccount(actor: Actor, profile: Accounts, userId: string): Promise<Account> {
  requireRole(actor, 'admin');
  const user = activeUser(profile, userId);
  if (user.roles.includes('admin')) keepAnAdmin(profile);
  // The way in first: power may fail in between, and then the list is wrong and not the lock.
  await vaultOf(profile).remove(userId);
  return change(profile, actor, 'account.ended', userId, {}, () => {
    setUserState(profile.database, userId, 'left');
    stopsReading(profile, actor, userId);
    return knownUser(profile, userId);
  });
}

/** For a forgotten password. @returns the password to hand over, to be changed at the next sign-in; @throws AppError not-found */
export async function resetPassword(actor: Actor, profile: Accounts, userId: string): Promise<{ password: string }> {
  requireRole(actor, 'admin');
  const { id, login } = activeUser(profile, userId);
  const password = temporaryPassword();
  change(profile, actor, 'account.password-reset', id, {}, () => {
    setMustChangePassword(profile.database, id, true);
    setPin(profile.database, id, null);
  });
  await vaultOf(profile).put({ id, kind: 'password', login }, password);
  return { password };
}

/** One's own. @throws AppError password-wrong | password-too-short | password-too-common */
export async function changePassword(actor: Actor, profile: Accounts, { current, next }: { current: string; next: string }): Promise<void> {
  requireRole(actor, ...ROLES);
  const vault = vaultOf(profile);
  const user = activeUser(profile, actor.userId);
  if (!(await vault.opens(user.id, current))) throw new AppError('password-wrong');
  checkPassword(next, [user.login, user.name, getSiteSettings(profile.database).name, current]);
  await vault.put({ id: user.id, kind: 'password', login: user.login }, next);
  change(profile, actor, 'account.password-changed', user.id, {}, () => setMustChangePassword(profile.database, user.id, false));
}

/** One's own, after one's password; null takes it away. @throws AppError password-wrong | pin-invalid */
export async function changePin(
  actor: Actor,
  profile: Accounts,
  { password, pin }: { password: string; pin: string | null },
): Promise<void> {
  requireRole(actor, ...ROLES);
  const user = activeUser(profile, actor.userId);
  const hashed = pin === null ? null : await hashPin(pin);
  if (!(await vaultOf(profile).opens(user.id, password))) throw new AppError('password-wrong');
  change(profile, actor, pin === null ? 'account.pin-removed' : 'account.pin-set', user.id, {}, () =>
    setPin(profile.database, user.id, hashed),
  );
}

/**
 * A new recovery or second code; the one before opens nothing any more.
 *
 * @returns the code, kept nowhere else
 * @throws AppError password-wrong
 */
export async function renewCode(
  actor: Actor,
  profile: Accounts,
  { kind, password }: { kind: CodeKind; password: string },
): Promise<{ code: string }> {
  requireRole(actor, 'admin');
  const vault = vaultOf(profile);
  // Whoever came in by breaking the glass has no password here; that door is loud enough.
  const byPassword = getUser(profile.database, actor.userId) !== undefined;
  if (byPassword && !(await vault.opens(actor.userId, password))) throw new AppError('password-wrong');
  const code = newCode();
  await vault.put(CODE_ENTRIES[kind], code);
  change(profile, actor, 'vault.code-renewed', kind, {}, () => undefined);
  return { code };
}

function change<T>(
  { database, site }: Accounts,
  actor: Actor,
  action: AuditAction & (`account.${string}` | 'vault.code-renewed'),
  recordId: string,
  details: Record<string, string | number | boolean>,
  work: () => T,
): T {
  return transaction(database, () => {
    const result = work();
    const recordType = action === 'vault.code-renewed' ? 'vault' : 'account';
    appendAuditEvent(database, { siteId: site.id, actor, action, recordType, recordId, details });
    return result;
  });
}

/** Nobody waits for their answers any more, and the patients whom they had open go back to the doctors' queue. */
function stopsReading({ database }: Accounts, actor: Actor, userId: string): void {
  readerLeaves(database, { campaignId: null, readerId: userId, actorId: actor.userId });
  endClinicalAssignmentsOf(database, userId);
}

function rolesDetail(roles: readonly Role[]): Record<string, boolean> {
  return Object.fromEntries(ROLES.map((role) => [role, roles.includes(role)]));
}

function knownUser({ database }: Accounts, userId: string): Account {
  const user = getUser(database, userId);
  if (user === undefined) throw new AppError('not-found', { what: 'account' });
  return user;
}

function activeUser(profile: Accounts, userId: string): Account {
  const user = knownUser(profile, userId);
  if (user.state !== 'active') throw new AppError('not-found', { what: 'account' });
  return user;
}

function keepAnAdmin({ database }: Accounts): void {
  if (countActiveAdmins(database) <= 1) throw new AppError('last-admin');
}
