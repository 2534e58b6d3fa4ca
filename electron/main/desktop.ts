import { ClockWatch } from '../services/accounts/clock-watch';
import { newKeyPlan } from '../services/accounts/planned-key';
import { brokenGlass, siteName, type UnlockedVault } from '../services/accounts/profile-facts';
import type { Desk } from '../services/desk/desk';
import type { DemoAccount } from '../shared/domain/accounts';
import { type Actor, LOCAL_ACTOR } from '../shared/domain/codes';
import { AppError } from '../shared/errors';
import type { EventName, Events, Input } from '../shared/ipc/contract';
import type { AppStatus, Notice, ProfileAction, Settings } from '../shared/ipc/types';
import type { Log } from './log';
import { NewKey } from './profile/new-key';
import { OpenProfile } from './profile/open-profile';
import { People } from './profile/people';
import type { ProfileCare } from './profile/profile-care';
import { TaskRegistry } from './tasks/registry';
import { ScreeningTask } from './tasks/screening-task';

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

/**
 * The state of the running program, whatever happens to its window: its parts, and what the window is told of them.
 * Knows nothing of Electron.
 */
export class Desktop {
  readonly profile: OpenProfile;
  readonly people: People;
  readonly newKey: NewKey;
  readonly tasks: TaskRegistry;
  readonly screening: ScreeningTask;
  readonly #options: DesktopOptions;
  #clock: ClockWatch | null = null;
  #notice: Notice | null = null;
  /** Chosen before the profile was open: the language at sign-in. */
  #chosen: Partial<Settings> = {};

  constructor(options: DesktopOptions) {
    const { push, log } = options;
    this.#options = options;
    const changed = (): void => {
      this.#statusChanged();
    };
    this.profile = new OpenProfile({
      folder: options.profileFolder,
      openDesk: options.openDesk,
      care: options.care,
      quit: options.quit,
      log,
      opened: (desk) => {
        this.#opened(desk);
      },
      closing: () => {
        this.people.end();
        this.#clock = null;
      },
      changed,
    });
    this.people = new People(this.profile, changed);
    this.tasks = new TaskRegistry(
      {
        created: (task) => {
          push('taskCreated', task);
        },
        updated: (task) => {
          push('taskUpdated', task);
        },
        removed: (taskId) => {
          push('taskRemoved', { taskId });
        },
      },
      options.newId,
    );
    this.newKey = new NewKey({ profile: this.profile, people: this.people, tasks: this.tasks, log, changed });
    this.screening = new ScreeningTask({
      desk: () => this.desk(),
      tasks: this.tasks,
      runChanged: (runId) => {
        push('runChanged', { runId });
      },
      log,
    });
  }

  /**
   * Who is at the window: the first argument of every service. Take it when a question comes in; what was started with it goes on after a lock.
   *
   * @throws AppError not-signed-in, also while the window is locked | password-must-change
   */
  actor(): Actor {
    return this.people.actor();
  }

  /** @throws AppError what is wrong with the profile, while something is */
  desk(): Promise<Desk> {
    return this.profile.desk();
  }

  status(): AppStatus {
    const desk = this.profile.now();
    const facts = desk?.facts();
    const session = this.people.state();
    const profile = desk?.workspace.profile;
    return {
      version: this.#options.version,
      profile: this.profile.state,
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

  /** Before anybody has signed in too: the language of the sign-in itself. */
  saveSettings(change: Input<'setSettings'>): Settings {
    const desk = this.profile.now();
    if (desk === null) this.#chosen = { ...this.#chosen, ...change };
    else desk.saveSettings(LOCAL_ACTOR, change);
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

  /** Does what the person chose on the trouble screen. */
  async profileAction(action: ProfileAction): Promise<AppStatus> {
    await this.profile.takeWayOut(action, (notice) => {
      this.#notice = notice;
    });
    return this.status();
  }

  /** Closes everything and opens it again: the way back for an engine that has given up. @throws AppError not-permitted during a run */
  async restart(): Promise<void> {
    if (this.tasks.running().length > 0) throw new AppError('not-permitted');
    await this.profile.settled();
    const vault = this.profile.now()?.workspace.profile.vault ?? null;
    const session = this.people.state();
    await this.profile.close();
    if (vault === null) {
      await this.profile.open();
      return;
    }
    // Whoever is at the window stays signed in: the key is here.
    await this.profile.openWith(vault);
    if (session.state === 'signed-in') this.people.resume(session.who);
    this.#statusChanged();
  }

  /** Stops the work, waits until it is stored, closes the profile. */
  async close(): Promise<void> {
    this.newKey.stop();
    await this.tasks.stopAll();
    await this.profile.settled();
    await this.profile.close();
  }

  #opened(desk: Desk): void {
    const { push, demo } = this.#options;
    this.people.begin(desk);
    this.#clock = new ClockWatch(desk.workspace.profile.database);
    this.lookAtClock();
    desk.onFacts(() => {
      this.#statusChanged();
    });
    desk.training.onChange((change) => {
      push('trainingChanged', change);
    });
    desk.capture.onChanged((encounterIds) => {
      push('captureChanged', { encounterIds });
    });
    if (Object.keys(this.#chosen).length > 0) desk.saveSettings(LOCAL_ACTOR, this.#chosen);
    this.#chosen = {};
    demo?.opened(desk);
  }

  #settings(): Settings {
    return this.profile.now()?.settings() ?? { ...this.#options.firstSettings, ...this.#chosen };
  }

  #statusChanged(): void {
    this.#options.push('statusChanged', this.status());
  }
}
