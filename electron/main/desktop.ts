import { basename } from 'node:path';
import { ClockWatch } from '../services/accounts/clock-watch';
import { type OpenedVault, openWithCode, openWithPassword, loginsOf } from '../services/accounts/open-vault';
import { protectProfile, rekeyProfile, settleCopy } from '../services/accounts/new-key';
import { newKeyPlan, planFailed, planIsDue, planNewKey, plannerOf } from '../services/accounts/planned-key';
import { Sessions } from '../services/accounts/sessions';
import { setUpClinic } from '../services/accounts/set-up';
import { Throttle } from '../services/accounts/throttle';
import { brokenGlass, kindOfProfile, siteName, type UnlockedVault } from '../services/accounts/profile-facts';
import type { Desk } from '../services/desk/desk';
import type { DemoAccount, FirstAdmin, NewKeyTime, SessionState, SignedIn, SiteSettings } from '../shared/domain/accounts';
import { AppError, type AppErrorData, toAppError } from '../shared/errors';
import { type Actor, LOCAL_ACTOR } from '../shared/domain/codes';
import type { EmergencyCodes } from '../shared/ipc/accounts';
import type { EventName, Events, Input } from '../shared/ipc/contract';
import type { AppStatus, Notice, ProfileAction, ProfileState, Settings, Task } from '../shared/ipc/types';
import type { Log } from './log';
import { actionsFor, type ProfileCare } from './profile-care';
import { TaskRegistry } from './tasks';

export interface DesktopOptions {
  version: string;
  safeMode: boolean;
  /** Used until the profile is open. */
  firstSettings: Settings;
  profileFolder: string;
  openDesk: (vault: UnlockedVault | null) => Promise<Desk>;
  care: ProfileCare;
  push: <E extends EventName>(event: E, payload: Events[E]) => void;
  newId: () => string;
  log: Log;
  quit: () => void;
  /** A demonstration: who can sign in, and what happens when its profile is opened. */
  demo: { accounts: readonly DemoAccount[]; opened: (desk: Desk) => void } | null;
}

/** How far a copy under a new key is, at most so often. */
const COPY_SHOWN_INTERVAL_MS = 250;
/** The window asks for a run's results again at most this often while it is being screened. */
const RUN_CHANGED_INTERVAL_MS = 500;

/**
 * The state of the running program, whatever happens to its window: the profile or what is wrong with it, the tasks, the notice.
 * Knows nothing of Electron.
 */
export class Desktop {
  readonly tasks: TaskRegistry;
  readonly #options: DesktopOptions;
  #profile: ProfileState = { state: 'opening' };
  #desk: Desk | null = null;
  #sessions: Sessions | null = null;
  #clock: ClockWatch | null = null;
  /** Who can sign in, while nothing else is known. */
  #logins: string[] = [];
  /** Chosen before the profile was open: the language at sign-in. */
  #chosen: Partial<Settings> = {};
  readonly #throttle: Throttle;
  #opening: Promise<void> = Promise.resolve();
  #notice: Notice | null = null;
  /** While everything is copied under a new key. */
  #copy: AbortController | null = null;
  /** Somebody stopped the planned copying: not again before somebody has signed in. */
  #planHeld = false;

  constructor(options: DesktopOptions) {
    this.#options = options;
    this.#throttle = new Throttle(options.profileFolder);
    this.tasks = new TaskRegistry(
      {
        created: (task) => {
          options.push('taskCreated', task);
        },
        updated: (task) => {
          options.push('taskUpdated', task);
        },
        removed: (taskId) => {
          options.push('taskRemoved', { taskId });
        },
      },
      options.newId,
    );
  }

  /**
   * Who is at the window: the first argument of every service. Take it when a question comes in; what was started with it goes on after a lock.
   *
   * @throws AppError not-signed-in, also while the window is locked | password-must-change
   */
  actor(): Actor {
    return this.#session().actor();
  }

  /** As `actor`, also for somebody who has to choose a password first. @throws AppError not-signed-in */
  signedIn(): SignedIn {
    return this.#session().signedIn();
  }

  status(): AppStatus {
    const facts = this.#desk?.facts();
    const session = this.#sessionState();
    const profile = this.#desk?.workspace.profile;
    return {
      version: this.#options.version,
      profile: this.#profile,
      roles: session.state === 'signed-out' ? [] : session.who.roles,
      session,
      brokenGlass: profile === undefined ? [] : brokenGlass(profile),
      newKeyPlan: profile === undefined ? null : newKeyPlan(profile.database),
      siteName: profile === undefined ? '' : siteName(profile),
      siteMode: facts?.siteMode ?? 'doctor-reads-all',
      validatedHere: facts?.validatedHere ?? false,
      model: facts?.model ?? null,
      modelError: facts?.modelError ?? null,
      engine: facts?.engine ?? { state: 'stopped' },
      settings: this.#settings(),
      safeMode: this.#options.safeMode,
      notice: this.#notice,
      demo: this.#options.demo?.accounts ?? null,
    };
  }

  /** @throws AppError what is wrong with the profile, while something is */
  async desk(): Promise<Desk> {
    await this.#opening;
    if (this.#desk !== null) return this.#desk;
    if (this.#profile.state === 'trouble') throw new AppError(this.#profile.error.code, this.#profile.error.params);
    throw new AppError(this.#profile.state === 'opening' ? 'cancelled' : 'not-signed-in');
  }

  /** Opens the profile, or says what is wrong with it; never throws. */
  open(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    this.#setProfile({ state: 'opening' });
    try {
      await settleCopy(this.#options.profileFolder);
      const kind = kindOfProfile(this.#options.profileFolder);
      if (kind === 'open') {
        await this.#openDesk(null);
        return;
      }
      this.#logins = kind === 'accounts' ? await loginsOf(this.#options.profileFolder) : [];
      this.#setProfile({ state: kind === 'accounts' ? 'closed' : 'new' });
    } catch (thrown) {
      this.#options.log.error('profile.trouble', thrown);
      this.#trouble(toAppError(thrown).toData());
    }
  }

  /** @throws AppError what is wrong with the profile */
  async #openDesk(vault: UnlockedVault | null): Promise<void> {
    const startedAt = performance.now();
    const desk = await this.#options.openDesk(vault);
    this.#desk = desk;
    this.#sessions = new Sessions(desk.workspace.profile);
    this.#clock = new ClockWatch(desk.workspace.profile.database);
    this.lookAtClock();
    desk.onFacts(() => {
      this.#statusChanged();
    });
    desk.training.onChange((change) => {
      this.#options.push('trainingChanged', change);
    });
    desk.capture.onChanged((encounterIds) => {
      this.#options.push('captureChanged', { encounterIds });
    });
    if (Object.keys(this.#chosen).length > 0) desk.saveSettings(LOCAL_ACTOR, this.#chosen);
    this.#chosen = {};
    this.#options.log.event('profile.open', { ms: Math.round(performance.now() - startedAt) });
    this.#setProfile({ state: 'open', protected: desk.facts().protected });
    this.#options.demo?.opened(desk);
  }

  /** The second door of a first start. @throws AppError profile-exists, and what is wrong with the profile */
  async startWithoutAccounts(): Promise<void> {
    await this.#opening;
    if (this.#profile.state !== 'new') throw new AppError('profile-exists');
    await this.#once(() => this.#openDesk(null));
  }

  /** The first door: a protected profile, its administrator signed in. @returns the codes to print */
  async setUpClinic(site: SiteSettings, admin: FirstAdmin): Promise<EmergencyCodes> {
    await this.#opening;
    if (this.#profile.state !== 'new') throw new AppError('profile-exists');
    const codes = await setUpClinic(this.#options.profileFolder, site, admin);
    await this.signIn(admin.login, admin.password);
    return codes;
  }

  /**
   * Accounts for a profile that was begun without. Nothing else can be done meanwhile. @returns the codes to print
   * @throws AppError not-permitted while work is under way, or where there are accounts already
   */
  async protect(actor: Actor, input: Input<'protectProfile'>): Promise<EmergencyCodes> {
    const profile = (await this.desk()).workspace.profile;
    if (profile.vault !== null || this.tasks.running().length > 0) throw new AppError('not-permitted');
    const codes = await this.#copying((watch) => protectProfile(actor, this.#options.profileFolder, input, watch));
    await this.open();
    await this.signIn(input.admin.login, input.admin.password);
    return codes;
  }

  /** @throws AppError not-permitted while work is under way | password-wrong | cancelled */
  async rekey(actor: Actor, password: string): Promise<void> {
    const vault = await this.#ownVault(password);
    const who = this.signedIn();
    if (this.tasks.running().length > 0) throw new AppError('not-permitted');
    await this.#rekey(actor, vault, () => {
      this.#session().resume(who);
    });
  }

  /** As `rekey`, when nobody works. @throws AppError not-permitted | password-wrong */
  async planNewKey(actor: Actor, password: string, when: NewKeyTime): Promise<void> {
    await this.#ownVault(password);
    planNewKey(actor, (await this.desk()).workspace.profile, when);
    this.#planHeld = false;
    this.#statusChanged();
  }

  /** Begins the planned copying when its time has come and nothing else is under way. Never throws: what went wrong stands in the plan. */
  async followPlan(): Promise<void> {
    const profile = this.#desk?.workspace.profile;
    if (profile === undefined || profile.vault === null || this.#planHeld || this.#copy !== null) return;
    const plan = newKeyPlan(profile.database);
    if (!planIsDue(plan, this.#sessions?.absence() ?? null, Date.now(), profile.site.timeZone)) return;
    const actor = plannerOf(profile.database);
    if (actor === null || this.tasks.running().length > 0 || this.#desk?.training.live(LOCAL_ACTOR) != null) return;
    try {
      await this.#rekey(actor, profile.vault, () => undefined);
    } catch (thrown) {
      const error = toAppError(thrown).toData();
      this.#planHeld = true;
      // Opened again, the profile is the old one and the plan is in it.
      const opened = this.#openedProfile();
      if (error.code !== 'cancelled' && opened !== null) planFailed(opened.database, error);
      this.#statusChanged();
    }
  }

  /** Stops what is being copied under a new key, if it can still be stopped. */
  stopCopying(): void {
    this.#copy?.abort();
  }

  /** Encrypts everything anew and opens it again; what goes wrong leaves the old key. */
  async #rekey(actor: Actor, vault: UnlockedVault, opened: () => void): Promise<void> {
    let next = vault;
    try {
      next = await this.#copying((watch) => rekeyProfile(actor, this.#options.profileFolder, vault, watch));
    } finally {
      await this.#once(() => this.#openDesk(next));
      opened();
      this.#statusChanged();
    }
  }

  /** The vault, for whoever proves to be at the keyboard. @throws AppError not-permitted in a profile without accounts | password-wrong */
  async #ownVault(password: string): Promise<UnlockedVault> {
    const { vault } = (await this.desk()).workspace.profile;
    const who = this.signedIn();
    if (vault === null) throw new AppError('not-permitted');
    if (who.kind === 'password' && !(await vault.opens(who.userId, password))) throw new AppError('password-wrong');
    return vault;
  }

  /** The profile as it is now: it is closed and opened while others wait. */
  #openedProfile(): Desk['workspace']['profile'] | null {
    return this.#desk?.workspace.profile ?? null;
  }

  /** The profile is closed while it is copied; what goes wrong leaves the old one. */
  async #copying<T>(work: (watch: { onProgress: (done: number, total: number) => void; signal: AbortSignal }) => Promise<T>): Promise<T> {
    const copy = new AbortController();
    this.#copy = copy;
    let shownAt = 0;
    try {
      await this.#closeDesk();
      this.#setProfile({ state: 'copying', done: 0, total: 0 });
      return await work({
        signal: copy.signal,
        onProgress: (done, total) => {
          if (performance.now() - shownAt < COPY_SHOWN_INTERVAL_MS) return;
          shownAt = performance.now();
          this.#setProfile({ state: 'copying', done, total });
        },
      });
    } catch (thrown) {
      if (!copy.signal.aborted) this.#options.log.error('profile.copy', thrown);
      if (this.#profile.state === 'copying') await this.open();
      throw thrown;
    } finally {
      this.#copy = null;
    }
  }

  /** @throws AppError sign-in-failed | sign-in-throttled {seconds} | account-left, and what is wrong with the profile */
  signIn(login: string, password: string): Promise<void> {
    return this.#enter(openWithPassword(this.#options.profileFolder, this.#throttle, login, password), (sessions, opened) =>
      sessions.signIn(opened),
    );
  }

  /** @throws AppError code-invalid | sign-in-failed | sign-in-throttled {seconds} | not-permitted | password-* */
  recover({ code, login, password }: Input<'recover'>): Promise<void> {
    return this.#enter(openWithCode(this.#options.profileFolder, this.#throttle, 'recovery', code), (sessions) =>
      sessions.recover({ login, password }),
    );
  }

  /** @throws AppError code-invalid | sign-in-failed | sign-in-throttled {seconds} */
  breakGlass({ code, person, reason }: Input<'breakGlass'>): Promise<void> {
    return this.#enter(openWithCode(this.#options.profileFolder, this.#throttle, 'break-glass', code), (sessions) => {
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
    return sessions.secondPerson(await openWithPassword(this.#options.profileFolder, this.#throttle, login, password));
  }

  /** @throws AppError pin-wrong {left} | pin-blocked | not-signed-in while the profile is closed */
  async unlock(userId: string, pin: string): Promise<void> {
    await this.#session().unlock({ userId, pin });
    this.#statusChanged();
  }

  lock(): void {
    if (this.#sessions?.lock() === true) this.#statusChanged();
  }

  signOut(): void {
    this.#sessions?.signOut();
    this.#statusChanged();
  }

  /** Somebody is at the machine. */
  touch(): void {
    this.#sessions?.touch();
  }

  lockIfIdle(): void {
    if (this.#sessions?.lockIfIdle() === true) this.#statusChanged();
  }

  /** After accounts or the site were changed. */
  accountsChanged(): void {
    this.#sessions?.refresh();
    this.#statusChanged();
  }

  async #enter(opening: Promise<OpenedVault>, begin: (sessions: Sessions, opened: OpenedVault) => Promise<void> | void): Promise<void> {
    await this.#opening;
    const opened = await opening;
    if (this.#desk === null) await this.#once(() => this.#openDesk(opened.vault));
    await begin(this.#session(), opened);
    this.#planHeld = false;
    this.#statusChanged();
  }

  /** Whatever asks for the profile meanwhile waits. What is wrong with it is shown as at a start. */
  async #once(work: () => Promise<void>): Promise<void> {
    const done = work();
    this.#opening = done.catch((thrown: unknown) => {
      this.#options.log.error('profile.trouble', thrown);
      this.#trouble(toAppError(thrown).toData());
    });
    await done;
  }

  #session(): Sessions {
    if (this.#sessions === null) {
      if (this.#profile.state === 'trouble') throw new AppError(this.#profile.error.code, this.#profile.error.params);
      throw new AppError('not-signed-in');
    }
    return this.#sessions;
  }

  #sessionState(): SessionState {
    if (this.#sessions !== null) return this.#sessions.state();
    return { state: 'signed-out', people: this.#logins.map((login) => ({ userId: null, login, name: '', mayUsePin: false })) };
  }

  #trouble(error: AppErrorData): void {
    let hasBackup = false;
    try {
      hasBackup = this.#options.care.hasBackup();
    } catch (thrown) {
      this.#options.log.error('profile.backups', thrown);
    }
    this.#setProfile({ state: 'trouble', error, actions: actionsFor(error.code, hasBackup) });
  }

  /** Does what the person chose on the trouble screen, and tries again. */
  async profileAction(action: ProfileAction): Promise<AppStatus> {
    const { care } = this.#options;
    await this.#opening;
    if (this.#profile.state !== 'trouble') throw new AppError('not-permitted');
    if (!this.#profile.actions.includes(action)) throw new AppError('not-permitted');
    this.#options.log.event('profile.action', { action });
    switch (action) {
      case 'quit':
        this.#options.quit();
        return this.status();
      case 'show-logs':
        await care.showLogs();
        return this.status();
      case 'choose-profile':
        await care.chooseProfile();
        return this.status();
      case 'set-aside':
        this.#notice = { code: 'profile-set-aside', params: { folder: await care.setAside() } };
        break;
      case 'restore-backup':
        this.#notice = { code: 'backup-restored', params: { madeAt: care.restoreBackup() } };
        break;
      case 'retry':
        break;
    }
    await this.open();
    return this.status();
  }

  /** Before anybody has signed in too: the language of the sign-in itself. */
  saveSettings(change: Input<'setSettings'>): Settings {
    if (this.#desk === null) this.#chosen = { ...this.#chosen, ...change };
    else this.#desk.saveSettings(LOCAL_ACTOR, change);
    this.#statusChanged();
    return this.#settings();
  }

  /** Says so when the clock was set back, and takes it back when it is right again. */
  lookAtClock(): void {
    const seen = this.#clock?.look(Date.now()) ?? null;
    if (seen?.state === 'behind') this.setNotice({ code: 'clock-behind', params: { latest: new Date(seen.latestMs).toISOString() } });
    else if (seen?.state === 'right' && this.#notice?.code === 'clock-behind') this.setNotice(null);
  }

  setNotice(notice: Notice | null): void {
    this.#notice = notice;
    this.#statusChanged();
  }

  /** @throws AppError not-permitted while another run is under way: they would only slow each other down */
  async screen(actor: Actor, paths: readonly string[]): Promise<Task> {
    const desk = await this.desk();
    if (this.tasks.running('screen').length > 0) throw new AppError('not-permitted');
    let pushedAt = 0;
    return this.tasks.start({
      kind: 'screen',
      subject: basename(paths[0] ?? ''),
      work: async (context) => {
        let current: string | null = null;
        const runChanged = (): void => {
          if (current !== null) this.#options.push('runChanged', { runId: current });
        };
        try {
          await desk.screen(actor, paths, {
            signal: context.signal,
            run: (runId) => {
              current = runId;
              context.run(runId);
              runChanged();
            },
            progress: (progress) => {
              context.progress(progress);
              if (performance.now() - pushedAt < RUN_CHANGED_INTERVAL_MS) return;
              pushedAt = performance.now();
              runChanged();
            },
          });
        } catch (thrown) {
          this.#options.log.error('run.ended', thrown);
          throw thrown;
        } finally {
          runChanged();
        }
      },
    });
  }

  /** Closes everything and opens it again: the way back for an engine that has given up. @throws AppError not-permitted during a run */
  async restart(): Promise<void> {
    if (this.tasks.running().length > 0) throw new AppError('not-permitted');
    await this.#opening;
    const vault = this.#desk?.workspace.profile.vault ?? null;
    const session = this.#sessions?.state();
    await this.#closeDesk();
    if (vault === null) {
      await this.open();
      return;
    }
    // Whoever is at the window stays signed in: the key is here.
    await this.#once(() => this.#openDesk(vault));
    if (session?.state === 'signed-in') this.#session().resume(session.who);
    this.#statusChanged();
  }

  /** Stops the work, waits until it is stored, closes the profile. */
  async close(): Promise<void> {
    this.stopCopying();
    await this.tasks.stopAll();
    await this.#opening;
    await this.#closeDesk();
  }

  async #closeDesk(): Promise<void> {
    this.#sessions = null;
    this.#clock = null;
    await this.#desk?.close();
    this.#desk = null;
  }

  #settings(): Settings {
    return this.#desk?.settings() ?? { ...this.#options.firstSettings, ...this.#chosen };
  }

  #setProfile(profile: ProfileState): void {
    this.#profile = profile;
    this.#statusChanged();
  }

  #statusChanged(): void {
    this.#options.push('statusChanged', this.status());
  }
}
