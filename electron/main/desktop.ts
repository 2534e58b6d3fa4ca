import { basename } from 'node:path';
import type { Desk } from '../services/desk/desk';
import { AppError, type AppErrorData, toAppError } from '../shared/errors';
import { type Actor, LOCAL_ACTOR } from '../shared/domain/codes';
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
  openDesk: () => Promise<Desk>;
  care: ProfileCare;
  push: <E extends EventName>(event: E, payload: Events[E]) => void;
  newId: () => string;
  log: Log;
  quit: () => void;
}

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
  #opening: Promise<void> = Promise.resolve();
  #notice: Notice | null = null;

  constructor(options: DesktopOptions) {
    this.#options = options;
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

  /** Who is at the window: the first argument of every service. */
  actor(): Actor {
    return LOCAL_ACTOR;
  }

  status(): AppStatus {
    const facts = this.#desk?.facts();
    return {
      version: this.#options.version,
      profile: this.#profile,
      roles: [...this.actor().roles],
      siteMode: facts?.siteMode ?? 'doctor-reads-all',
      validatedHere: facts?.validatedHere ?? false,
      model: facts?.model ?? null,
      modelError: facts?.modelError ?? null,
      engine: facts?.engine ?? { state: 'stopped' },
      settings: this.#settings(),
      safeMode: this.#options.safeMode,
      notice: this.#notice,
    };
  }

  /** @throws AppError what is wrong with the profile, while something is */
  async desk(): Promise<Desk> {
    await this.#opening;
    if (this.#desk !== null) return this.#desk;
    throw this.#profile.state === 'trouble'
      ? new AppError(this.#profile.error.code, this.#profile.error.params)
      : new AppError('cancelled');
  }

  /** Opens the profile, or says what is wrong with it; never throws. */
  open(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    this.#setProfile({ state: 'opening' });
    const startedAt = performance.now();
    try {
      this.#desk = await this.#options.openDesk();
      this.#desk.onFacts(() => {
        this.#statusChanged();
      });
      this.#options.log.event('profile.open', { ms: Math.round(performance.now() - startedAt) });
      this.#setProfile({ state: 'open', protected: this.#desk.facts().protected });
    } catch (thrown) {
      this.#options.log.error('profile.trouble', thrown);
      this.#trouble(toAppError(thrown).toData());
    }
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

  async saveSettings(actor: Actor, change: Input<'setSettings'>): Promise<Settings> {
    const settings = (await this.desk()).saveSettings(actor, change);
    this.#statusChanged();
    return settings;
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
    await this.#desk?.close();
    this.#desk = null;
    await this.open();
  }

  /** Stops the work, waits until it is stored, closes the profile. */
  async close(): Promise<void> {
    await this.tasks.stopAll();
    await this.#opening;
    await this.#desk?.close();
    this.#desk = null;
  }

  #settings(): Settings {
    return this.#desk?.settings() ?? this.#options.firstSettings;
  }

  #setProfile(profile: ProfileState): void {
    this.#profile = profile;
    this.#statusChanged();
  }

  #statusChanged(): void {
    this.#options.push('statusChanged', this.status());
  }
}
