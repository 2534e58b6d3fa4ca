import { type AppErrorData, toAppError } from '../../../../electron/shared/errors';
import type { CaptureStatus, EncounterView } from '../../../../electron/shared/ipc/capture';
import type { Api } from '../../../../electron/shared/ipc/api';
import { Loaded } from '../../lib/loaded.svelte';

/** The camera: its folder, who is at it, what is on its way. */
export class CameraWatch {
  readonly #api: Api;
  status = $state.raw<CaptureStatus | null>(null);

  constructor(api: Api) {
    this.#api = api;
  }

  /** @returns the function that ends it */
  listen(): () => void {
    void this.ask();
    return this.#api.on('captureChanged', () => void this.ask());
  }

  async ask(): Promise<void> {
    this.status = await this.#api.call('captureStatus', {}).catch(() => this.status);
  }
}

/** One examination on screen: asked for again whenever something of it has changed. */
export class EncounterWatch {
  readonly #api: Api;
  readonly #loaded = new Loaded<EncounterView>();
  #encounterId = '';
  /** What the last thing that was done came to, when it came to nothing. */
  problem = $state.raw<AppErrorData | null>(null);

  constructor(api: Api) {
    this.#api = api;
  }

  get view(): EncounterView | null {
    return this.#loaded.value;
  }

  get error(): AppErrorData | null {
    return this.#loaded.error;
  }

  /** @returns the function that ends it */
  open(encounterId: string): () => void {
    this.#encounterId = encounterId;
    this.#loaded.clear();
    this.problem = null;
    void this.ask();
    return this.#api.on('captureChanged', ({ encounterIds }) => {
      if (encounterIds.includes(encounterId)) void this.ask();
    });
  }

  ask(): Promise<void> {
    return this.#loaded.load(() => this.#api.call('encounterView', { encounterId: this.#encounterId }));
  }

  /** Does something; what goes wrong is said on the screen. @returns whether it was done */
  async act(work: () => Promise<unknown>): Promise<boolean> {
    try {
      this.problem = null;
      await work();
      await this.ask();
      return true;
    } catch (thrown) {
      this.problem = toAppError(thrown).toData();
      return false;
    }
  }
}
