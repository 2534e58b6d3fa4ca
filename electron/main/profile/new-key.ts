import { protectProfile, rekeyProfile } from '../../services/accounts/new-key';
import { newKeyPlan, planFailed, planIsDue, planNewKey, plannerOf } from '../../services/accounts/planned-key';
import type { UnlockedVault } from '../../services/accounts/profile-facts';
import type { NewKeyTime } from '../../shared/domain/accounts';
import { type Actor, LOCAL_ACTOR } from '../../shared/domain/codes';
import { AppError, toAppError } from '../../shared/errors';
import type { EmergencyCodes } from '../../shared/ipc/accounts';
import type { Input } from '../../shared/ipc/contract';
import type { Log } from '../log';
import type { TaskRegistry } from '../tasks/registry';
import type { OpenProfile } from './open-profile';
import type { People } from './people';

/** How far a copy under a new key is, at most so often. */
const COPY_SHOWN_INTERVAL_MS = 250;

export interface NewKeyOptions {
  profile: OpenProfile;
  people: People;
  tasks: TaskRegistry;
  log: Log;
  changed: () => void;
}

/** Encrypts the whole profile under a new key: at once or as planned. It is closed meanwhile; what goes wrong leaves the old one. */
export class NewKey {
  readonly #options: NewKeyOptions;
  /** While everything is copied. */
  #copy: AbortController | null = null;
  /** Somebody stopped the planned copying: not again before somebody has signed in. */
  #planHeld = false;

  constructor(options: NewKeyOptions) {
    this.#options = options;
    options.people.onCameIn(() => {
      this.#planHeld = false;
    });
  }

  /**
   * Accounts for a profile that was begun without. Nothing else can be done meanwhile. @returns the codes to print
   * @throws AppError not-permitted while work is under way, or where there are accounts already
   */
  async protect(actor: Actor, input: Input<'protectProfile'>): Promise<EmergencyCodes> {
    const { profile, people, tasks } = this.#options;
    const { vault } = (await profile.desk()).workspace.profile;
    if (vault !== null || tasks.running().length > 0) throw new AppError('not-permitted');
    const codes = await this.#copying((watch) => protectProfile(actor, profile.folder, input, watch));
    await profile.open();
    await people.signIn(input.admin.login, input.admin.password);
    return codes;
  }

  /** @throws AppError not-permitted while work is under way | password-wrong | cancelled */
  async rekey(actor: Actor, password: string): Promise<void> {
    const { people, tasks } = this.#options;
    const vault = await this.#ownVault(password);
    const who = people.signedIn();
    if (tasks.running().length > 0) throw new AppError('not-permitted');
    await this.#rekey(actor, vault, () => {
      people.resume(who);
    });
  }

  /** As `rekey`, when nobody works. @throws AppError not-permitted | password-wrong */
  async plan(actor: Actor, password: string, when: NewKeyTime): Promise<void> {
    await this.#ownVault(password);
    planNewKey(actor, (await this.#options.profile.desk()).workspace.profile, when);
    this.#planHeld = false;
    this.#options.changed();
  }

  /** Begins the planned copying when its time has come and nothing else is under way. Never throws: what went wrong stands in the plan. */
  async followPlan(): Promise<void> {
    const { people, tasks } = this.#options;
    const desk = this.#options.profile.now();
    if (desk === null || this.#planHeld || this.#copy !== null) return;
    const { profile } = desk.workspace;
    if (profile.vault === null) return;
    const plan = newKeyPlan(profile.database);
    if (!planIsDue(plan, people.absence(), Date.now(), profile.site.timeZone)) return;
    const actor = plannerOf(profile.database);
    if (actor === null || tasks.running().length > 0 || desk.training.live(LOCAL_ACTOR) !== null) return;
    try {
      await this.#rekey(actor, profile.vault, () => undefined);
    } catch (thrown) {
      const error = toAppError(thrown).toData();
      this.#planHeld = true;
      // Opened again, the profile is the old one and the plan is in it.
      const opened = this.#options.profile.now();
      if (error.code !== 'cancelled' && opened !== null) planFailed(opened.workspace.profile.database, error);
      this.#options.changed();
    }
  }

  /** Stops what is being copied, if it can still be stopped. */
  stop(): void {
    this.#copy?.abort();
  }

  /** Encrypts everything anew and opens it again; what goes wrong leaves the old key. */
  async #rekey(actor: Actor, vault: UnlockedVault, opened: () => void): Promise<void> {
    const { profile, changed } = this.#options;
    let next = vault;
    try {
      next = await this.#copying((watch) => rekeyProfile(actor, profile.folder, vault, watch));
    } finally {
      await profile.openWith(next);
      opened();
      changed();
    }
  }

  /** The vault, for whoever proves to be at the keyboard. @throws AppError not-permitted in a profile without accounts | password-wrong */
  async #ownVault(password: string): Promise<UnlockedVault> {
    const { vault } = (await this.#options.profile.desk()).workspace.profile;
    const who = this.#options.people.signedIn();
    if (vault === null) throw new AppError('not-permitted');
    if (who.kind === 'password' && !(await vault.opens(who.userId, password))) throw new AppError('password-wrong');
    return vault;
  }

  /** The profile is closed while it is copied; what goes wrong leaves the old one. */
  async #copying<T>(work: (watch: { onProgress: (done: number, total: number) => void; signal: AbortSignal }) => Promise<T>): Promise<T> {
    const { profile, log } = this.#options;
    const copy = new AbortController();
    this.#copy = copy;
    let shownAt = 0;
    try {
      await profile.close();
      profile.copying(0, 0);
      return await work({
        signal: copy.signal,
        onProgress: (done, total) => {
          if (performance.now() - shownAt < COPY_SHOWN_INTERVAL_MS) return;
          shownAt = performance.now();
          profile.copying(done, total);
        },
      });
    } catch (thrown) {
      if (!copy.signal.aborted) log.error('profile.copy', thrown);
      if (profile.state.state === 'copying') await profile.open();
      throw thrown;
    } finally {
      this.#copy = null;
    }
  }
}
