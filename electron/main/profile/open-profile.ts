import { kindOfProfile, type UnlockedVault } from '../../services/accounts/profile-facts';
import { settleCopy } from '../../services/accounts/new-key';
import { loginsOf } from '../../services/accounts/open-vault';
import type { Desk } from '../../services/desk/desk';
import { AppError, type AppErrorData, toAppError } from '../../shared/errors';
import type { Notice, ProfileAction, ProfileState } from '../../shared/ipc/types';
import type { Log } from '../log';
import { actionsFor, type ProfileCare } from './profile-care';

export interface OpenProfileOptions {
  folder: string;
  openDesk: (vault: UnlockedVault | null) => Promise<Desk>;
  care: ProfileCare;
  quit: () => void;
  log: Log;
  /** What begins with an open profile; the window is told after it. */
  opened: (desk: Desk) => void;
  /** What ends before it is closed. */
  closing: () => void;
  changed: () => void;
}

/** The profile of this program: new, closed, open, being copied, or what is wrong with it and the ways out. */
export class OpenProfile {
  readonly folder: string;
  readonly #options: OpenProfileOptions;
  #state: ProfileState = { state: 'opening' };
  #desk: Desk | null = null;
  #opening: Promise<void> = Promise.resolve();
  /** Who can sign in, while nothing else is known. */
  #logins: string[] = [];

  constructor(options: OpenProfileOptions) {
    this.folder = options.folder;
    this.#options = options;
  }

  get state(): ProfileState {
    return this.#state;
  }

  get logins(): readonly string[] {
    return this.#logins;
  }

  /** As it is now: it is closed and opened while others wait. */
  now(): Desk | null {
    return this.#desk;
  }

  /** @throws AppError what is wrong with the profile, while something is */
  async desk(): Promise<Desk> {
    await this.#opening;
    if (this.#desk !== null) return this.#desk;
    if (this.#state.state === 'trouble') throw new AppError(this.#state.error.code, this.#state.error.params);
    throw new AppError(this.#state.state === 'opening' ? 'cancelled' : 'not-signed-in');
  }

  /** Resolves when nobody is opening it any more, whatever came of it. */
  settled(): Promise<void> {
    return this.#opening;
  }

  /** @throws AppError profile-exists */
  async requireNew(): Promise<void> {
    await this.#opening;
    if (this.#state.state !== 'new') throw new AppError('profile-exists');
  }

  /** Opens the profile, or says what is wrong with it; never throws. */
  open(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    this.#set({ state: 'opening' });
    try {
      await settleCopy(this.folder);
      const kind = kindOfProfile(this.folder);
      if (kind === 'open') {
        await this.#openDesk(null);
        return;
      }
      this.#logins = kind === 'accounts' ? await loginsOf(this.folder) : [];
      this.#set({ state: kind === 'accounts' ? 'closed' : 'new' });
    } catch (thrown) {
      this.#options.log.error('profile.trouble', thrown);
      this.#trouble(toAppError(thrown).toData());
    }
  }

  /**
   * Whatever asks for the profile meanwhile waits. What is wrong with it is shown as at a start.
   *
   * @param vault its key, or null in a profile without accounts
   * @throws AppError what is wrong with the profile
   */
  async openWith(vault: UnlockedVault | null): Promise<void> {
    const done = this.#openDesk(vault);
    this.#opening = done.catch((thrown: unknown) => {
      this.#options.log.error('profile.trouble', thrown);
      this.#trouble(toAppError(thrown).toData());
    });
    await done;
  }

  async #openDesk(vault: UnlockedVault | null): Promise<void> {
    const startedAt = performance.now();
    const desk = await this.#options.openDesk(vault);
    this.#desk = desk;
    this.#options.opened(desk);
    this.#options.log.event('profile.open', { ms: Math.round(performance.now() - startedAt) });
    this.#set({ state: 'open', protected: desk.facts().protected });
  }

  async close(): Promise<void> {
    this.#options.closing();
    await this.#desk?.close();
    this.#desk = null;
  }

  /** While it is closed and everything in it is copied under a new key. */
  copying(done: number, total: number): void {
    this.#set({ state: 'copying', done, total });
  }

  /** Does what the person chose on the trouble screen, and tries again where it may have helped. */
  async takeWayOut(action: ProfileAction, say: (notice: Notice) => void): Promise<void> {
    const { care } = this.#options;
    await this.#opening;
    if (this.#state.state !== 'trouble') throw new AppError('not-permitted');
    if (!this.#state.actions.includes(action)) throw new AppError('not-permitted');
    this.#options.log.event('profile.action', { action });
    switch (action) {
      case 'quit':
        this.#options.quit();
        return;
      case 'show-logs':
        await care.showLogs();
        return;
      case 'choose-profile':
        await care.chooseProfile();
        return;
      case 'set-aside':
        say({ code: 'profile-set-aside', params: { folder: await care.setAside() } });
        break;
      case 'restore-backup':
        say({ code: 'backup-restored', params: { madeAt: care.restoreBackup() } });
        break;
      case 'retry':
        break;
    }
    await this.open();
  }

  #trouble(error: AppErrorData): void {
    let hasBackup = false;
    try {
      hasBackup = this.#options.care.hasBackup();
    } catch (thrown) {
      this.#options.log.error('profile.backups', thrown);
    }
    this.#set({ state: 'trouble', error, actions: actionsFor(error.code, hasBackup) });
  }

  #set(state: ProfileState): void {
    this.#state = state;
    this.#options.changed();
  }
}
