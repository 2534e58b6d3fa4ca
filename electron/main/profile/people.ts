import { type OpenedVault, openWithCode, openWithPassword } from '../../services/accounts/open-vault';
import type { Absence } from '../../services/accounts/planned-key';
import { Sessions } from '../../services/accounts/sessions';
import { setUpClinic } from '../../services/accounts/set-up';
import { Throttle } from '../../services/accounts/throttle';
import type { Desk } from '../../services/desk/desk';
import type { FirstAdmin, SessionState, SignedIn, SiteSettings } from '../../shared/domain/accounts';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { EmergencyCodes } from '../../shared/ipc/accounts';
import type { Input } from '../../shared/ipc/contract';
import type { OpenProfile } from './open-profile';

/** Who is at the window: comes in, locks it, leaves. The first to come in opens the profile. */
export class People {
  readonly #profile: OpenProfile;
  readonly #throttle: Throttle;
  readonly #changed: () => void;
  #sessions: Sessions | null = null;
  #cameIn: () => void = () => undefined;

  constructor(profile: OpenProfile, changed: () => void) {
    this.#profile = profile;
    this.#throttle = new Throttle(profile.folder);
    this.#changed = changed;
  }

  /** With the profile that was opened. */
  begin(desk: Desk): void {
    this.#sessions = new Sessions(desk.workspace.profile);
  }

  /** The profile closes: nobody is at the window any more. */
  end(): void {
    this.#sessions = null;
  }

  /** Told when somebody has come in with a password or a code. */
  onCameIn(listener: () => void): void {
    this.#cameIn = listener;
  }

  /** @throws AppError not-signed-in, also while the window is locked | password-must-change */
  actor(): Actor {
    return this.#session().actor();
  }

  /** As `actor`, also for somebody who has to choose a password first. @throws AppError not-signed-in */
  signedIn(): SignedIn {
    return this.#session().signedIn();
  }

  state(): SessionState {
    if (this.#sessions !== null) return this.#sessions.state();
    return { state: 'signed-out', people: this.#profile.logins.map((login) => ({ userId: null, login, name: '', mayUsePin: false })) };
  }

  /** Since when nobody has been at the window; null while somebody is, or the profile is closed. */
  absence(): Absence | null {
    return this.#sessions?.absence() ?? null;
  }

  /** The first door of a first start: a protected profile, its administrator signed in. @returns the codes to print */
  async setUpClinic(site: SiteSettings, admin: FirstAdmin): Promise<EmergencyCodes> {
    await this.#profile.requireNew();
    const codes = await setUpClinic(this.#profile.folder, site, admin);
    await this.signIn(admin.login, admin.password);
    return codes;
  }

  /** The second door: without accounts. @throws AppError profile-exists, and what is wrong with the profile */
  async startWithoutAccounts(): Promise<void> {
    await this.#profile.requireNew();
    await this.#profile.openWith(null);
  }

  /** @throws AppError sign-in-failed | sign-in-throttled {seconds} | account-left, and what is wrong with the profile */
  signIn(login: string, password: string): Promise<void> {
    return this.#enter(openWithPassword(this.#profile.folder, this.#throttle, login, password), (sessions, opened) =>
      sessions.signIn(opened),
    );
  }

  /** @throws AppError code-invalid | sign-in-failed | sign-in-throttled {seconds} | not-permitted | password-* */
  recover({ code, login, password }: Input<'recover'>): Promise<void> {
    return this.#enter(openWithCode(this.#profile.folder, this.#throttle, 'recovery', code), (sessions) =>
      sessions.recover({ login, password }),
    );
  }

  /** @throws AppError code-invalid | sign-in-failed | sign-in-throttled {seconds} */
  breakGlass({ code, person, reason }: Input<'breakGlass'>): Promise<void> {
    return this.#enter(openWithCode(this.#profile.folder, this.#throttle, 'break-glass', code), (sessions) => {
      sessions.breakGlass({ person, reason });
    });
  }

  /**
   * Somebody else at the machine who answers for something with their own password (a countersignature); whoever is signed in stays so.
   *
   * @throws AppError sign-in-failed | sign-in-throttled {seconds} | account-left | password-must-change
   */
  async secondPerson(login: string, password: string): Promise<Actor> {
    const sessions = this.#session();
    return sessions.secondPerson(await openWithPassword(this.#profile.folder, this.#throttle, login, password));
  }

  /** @throws AppError pin-wrong {left} | pin-blocked | not-signed-in while the profile is closed */
  async unlock(userId: string, pin: string): Promise<void> {
    await this.#session().unlock({ userId, pin });
    this.#changed();
  }

  lock(): void {
    if (this.#sessions?.lock() === true) this.#changed();
  }

  lockIfIdle(): void {
    if (this.#sessions?.lockIfIdle() === true) this.#changed();
  }

  /** Somebody is at the machine. */
  touch(): void {
    this.#sessions?.touch();
  }

  signOut(): void {
    this.#sessions?.signOut();
    this.#changed();
  }

  /** The same person goes on after the profile was closed and opened again: the key is here. */
  resume(who: SignedIn): void {
    this.#session().resume(who);
  }

  /** After accounts or the site were changed. */
  accountsChanged(): void {
    this.#sessions?.refresh();
    this.#changed();
  }

  async #enter(opening: Promise<OpenedVault>, begin: (sessions: Sessions, opened: OpenedVault) => Promise<void> | void): Promise<void> {
    await this.#profile.settled();
    const opened = await opening;
    if (this.#profile.now() === null) await this.#profile.openWith(opened.vault);
    await begin(this.#session(), opened);
    this.#cameIn();
    this.#changed();
  }

  #session(): Sessions {
    if (this.#sessions !== null) return this.#sessions;
    const { state } = this.#profile;
    throw state.state === 'trouble' ? new AppError(state.error.code, state.error.params) : new AppError('not-signed-in');
  }
}
