import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addBreakGlassUse } from '../../db/queries/break-glass';
import { getSiteSettings } from '../../db/queries/sites';
import { getPin, getUser, listUsers, setMustChangePassword } from '../../db/queries/users';
import { transaction } from '../../db/sql';
import { type Account, PIN_TRIES, type Person, type SessionState, type SignedIn } from '../../shared/domain/accounts';
import type { AuditAction } from '../../shared/domain/audit';
import { type Actor, LOCAL_ACTOR, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { vaultOf } from './accounts';
import type { OpenedVault } from './open-vault';
import type { Absence } from './planned-key';
import { checkPassword } from './password-rules';
import { isPin } from './pin';

type Current = { state: 'signed-out' } | { state: 'signed-in' | 'locked'; who: SignedIn };

const LOCAL: SignedIn = {
  userId: LOCAL_ACTOR.userId,
  login: LOCAL_ACTOR.userId,
  name: '',
  roles: [...ROLES],
  kind: 'local',
  hasPin: false,
  mustChangePassword: false,
};
/** In the audit log; who it was stands in `break_glass_use`. */
export const BREAK_GLASS_ACTOR: Actor = { userId: 'break-glass', roles: ROLES };

/**
 * Who is at the machine while a profile is open. Locking ends the session and not the key: what was started goes on, and nobody sees it. One
 * for each opening of a profile; closing the profile forgets it.
 */
export class Sessions {
  readonly #profile: Profile;
  readonly #now: () => number;
  #current: Current;
  /** Wrong PINs in a row, by account: those who have signed in with their password since the profile was opened. */
  readonly #pinFailures = new Map<string, number>();
  #touchedAt: number;

  constructor(profile: Profile, now: () => number = () => performance.now()) {
    this.#profile = profile;
    this.#now = now;
    this.#touchedAt = now();
    this.#current = profile.vault === null ? { state: 'signed-in', who: LOCAL } : { state: 'signed-out' };
  }

  /** @throws AppError not-signed-in, also while locked | password-must-change */
  actor(): Actor {
    const who = this.signedIn();
    if (who.mustChangePassword) throw new AppError('password-must-change');
    return actorOf(who);
  }

  /** As `actor`, also for somebody who has to choose a password first. @throws AppError not-signed-in */
  signedIn(): SignedIn {
    if (this.#current.state !== 'signed-in') throw new AppError('not-signed-in');
    return this.#current.who;
  }

  state(): SessionState {
    switch (this.#current.state) {
      case 'signed-out':
        return { state: 'signed-out', people: this.#people() };
      case 'locked':
        return { state: 'locked', who: this.#current.who, people: this.#people() };
      case 'signed-in':
        return { state: 'signed-in', who: this.#current.who };
    }
  }

  /** After the vault was opened with a password. @throws AppError account-left */
  async signIn({ entryId, failures }: OpenedVault): Promise<void> {
    const user = getUser(this.#profile.database, entryId);
    if (user === undefined || user.state !== 'active') {
      // A vault from before they left was put back, or power failed between adding the two halves.
      if (user !== undefined) await vaultOf(this.#profile).remove(entryId);
      throw new AppError('account-left');
    }
    this.#pinFailures.set(user.id, 0);
    this.#begin(signedInAs(user), 'session.signed-in', { failuresBefore: failures });
  }

  /**
   * A second person at the machine who answers for something with their own password, while the first one stays signed in.
   *
   * @throws AppError account-left | password-must-change
   */
  secondPerson({ entryId }: OpenedVault): Actor {
    const user = getUser(this.#profile.database, entryId);
    if (user === undefined || user.state !== 'active') throw new AppError('account-left');
    if (user.mustChangePassword) throw new AppError('password-must-change');
    this.#write(actorOf(user), 'session.second-person', user.id, {});
    return actorOf(user);
  }

  /**
   * After the vault was opened with the recovery code: an administrator gets a new password and is signed in.
   *
   * @throws AppError not-permitted unless the login is an active administrator's | password-too-short | password-too-common
   */
  async recover({ login, password }: { login: string; password: string }): Promise<void> {
    const { database, site } = this.#profile;
    const user = listUsers(database).find((each) => each.login === login.trim().toLowerCase());
    if (user === undefined || user.state !== 'active' || !user.roles.includes('admin'))
      throw new AppError('not-permitted', { roles: 'admin' });
    checkPassword(password, [user.login, user.name, getSiteSettings(database).name]);
    await vaultOf(this.#profile).put({ id: user.id, kind: 'password', login: user.login }, password);
    transaction(database, () => {
      setMustChangePassword(database, user.id, false);
      appendAuditEvent(database, {
        siteId: site.id,
        actor: actorOf(user),
        action: 'account.recovered',
        recordType: 'account',
        recordId: user.id,
      });
    });
    this.#pinFailures.set(user.id, 0);
    this.#begin(signedInAs({ ...user, mustChangePassword: false }), 'session.signed-in', { failuresBefore: 0 });
  }

  /** After the vault was opened with the sealed second code. Everything is allowed, and everything says so. */
  breakGlass({ person, reason }: { person: string; reason: string }): void {
    const { database, site } = this.#profile;
    transaction(database, () => {
      const id = addBreakGlassUse(database, { siteId: site.id, person, reason });
      appendAuditEvent(database, {
        siteId: site.id,
        actor: BREAK_GLASS_ACTOR,
        action: 'break-glass.used',
        recordType: 'break-glass',
        recordId: id,
      });
    });
    const who: SignedIn = {
      ...LOCAL,
      userId: BREAK_GLASS_ACTOR.userId,
      login: BREAK_GLASS_ACTOR.userId,
      name: person,
      kind: 'break-glass',
    };
    this.#begin(who, 'session.signed-in', { failuresBefore: 0 });
  }

  /**
   * Opens a locked or left window without the password, for somebody who has given theirs since the profile was opened.
   *
   * @throws AppError pin-wrong {left} | pin-blocked
   */
  async unlock({ userId, pin }: { userId: string; pin: string }): Promise<void> {
    const user = getUser(this.#profile.database, userId);
    const stored = getPin(this.#profile.database, userId);
    if (user === undefined || stored === undefined || !this.#mayUsePin(user)) throw new AppError('pin-blocked');
    const failures = (this.#pinFailures.get(userId) ?? 0) + 1;
    // Counted before it is tried: tries that run side by side are tries.
    this.#pinFailures.set(userId, failures);
    if (!(await isPin(pin, stored))) {
      this.#write(actorOf(user), 'session.pin-wrong', userId, { failures });
      throw failures >= PIN_TRIES ? new AppError('pin-blocked') : new AppError('pin-wrong', { left: PIN_TRIES - failures });
    }
    this.#pinFailures.set(userId, 0);
    this.#begin(signedInAs(user), 'session.unlocked', {});
  }

  /** Ends the session and keeps the person's place. Nothing to do where nobody is signed in, or there are no accounts. */
  lock(): boolean {
    if (this.#current.state !== 'signed-in' || this.#current.who.kind === 'local') return false;
    const { who } = this.#current;
    this.#write(actorOf(who), 'session.locked', who.userId, {});
    this.#current = { state: 'locked', who };
    return true;
  }

  signOut(): void {
    if (this.#current.state === 'signed-out' || this.#current.who.kind === 'local') return;
    const { who } = this.#current;
    this.#write(actorOf(who), 'session.signed-out', who.userId, {});
    this.#current = { state: 'signed-out' };
    this.touch();
  }

  /** The same person goes on after the profile was closed and opened again. */
  resume(who: SignedIn): void {
    if (this.#profile.vault === null) return;
    this.#current = { state: 'signed-in', who };
    this.#pinFailures.set(who.userId, 0);
    this.touch();
  }

  /** Somebody is there. */
  touch(): void {
    this.#touchedAt = this.#now();
  }

  /** @returns true when nobody has been there for the site's time and the session was ended */
  lockIfIdle(): boolean {
    if (this.#current.state !== 'signed-in' || this.#current.who.kind === 'local') return false;
    const limitMs = getSiteSettings(this.#profile.database).idleLockMinutes * 60_000;
    return this.#now() - this.#touchedAt >= limitMs && this.lock();
  }

  /** Since when nobody has been at the window, typing included; null while somebody is signed in. */
  absence(): Absence | null {
    const { state } = this.#current;
    return state === 'signed-in' ? null : { state, ms: this.#now() - this.#touchedAt };
  }

  /** What an administrator changed about whoever is signed in. */
  refresh(): void {
    if (this.#current.state === 'signed-out' || this.#current.who.kind !== 'password') return;
    const user = getUser(this.#profile.database, this.#current.who.userId);
    if (user === undefined || user.state !== 'active') this.signOut();
    else this.#current = { ...this.#current, who: signedInAs(user) };
  }

  #begin(who: SignedIn, action: AuditAction, details: Record<string, number>): void {
    if (this.#current.state !== 'signed-out' && this.#current.who.userId !== who.userId) this.signOut();
    this.#write(actorOf(who), action, who.userId, details);
    this.#current = { state: 'signed-in', who };
    this.touch();
  }

  #people(): Person[] {
    return listUsers(this.#profile.database)
      .filter(({ state }) => state === 'active')
      .map((user) => ({ userId: user.id, login: user.login, name: user.name, mayUsePin: user.hasPin && this.#mayUsePin(user) }));
  }

  #mayUsePin({ id, state, mustChangePassword }: Account): boolean {
    const failures = this.#pinFailures.get(id);
    return state === 'active' && !mustChangePassword && failures !== undefined && failures < PIN_TRIES;
  }

  #write(actor: Actor, action: AuditAction, recordId: string, details: Record<string, number>): void {
    const { database, site } = this.#profile;
    transaction(database, () => {
      appendAuditEvent(database, { siteId: site.id, actor, action, recordType: 'session', recordId, details });
    });
  }
}

function actorOf(who: { roles: Actor['roles'] } & ({ userId: string } | { id: string })): Actor {
  return { userId: 'userId' in who ? who.userId : who.id, roles: who.roles };
}

function signedInAs(user: Account): SignedIn {
  return {
    userId: user.id,
    login: user.login,
    name: user.name,
    roles: user.roles,
    kind: 'password',
    hasPin: user.hasPin,
    mustChangePassword: user.mustChangePassword,
  };
}
