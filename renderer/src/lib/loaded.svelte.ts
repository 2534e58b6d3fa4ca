import { type AppErrorData, toAppError } from '../../../electron/shared/errors';

/**
 * An answer of main that may be asked for again. The last one asked for wins, and the old answer stays in sight until the new one is
 * there, or says why it is not.
 */
export class Loaded<T> {
  value = $state.raw<T | null>(null);
  error = $state.raw<AppErrorData | null>(null);
  busy = $state(false);
  #asked = 0;

  async load(ask: () => Promise<T>): Promise<void> {
    const mine = ++this.#asked;
    this.busy = true;
    try {
      const value = await ask();
      if (mine !== this.#asked) return;
      this.value = value;
      this.error = null;
    } catch (thrown) {
      if (mine === this.#asked) this.error = toAppError(thrown).toData();
    } finally {
      if (mine === this.#asked) this.busy = false;
    }
  }

  /** Forgets, and lets a late answer fall. */
  clear(): void {
    this.#asked += 1;
    this.value = null;
    this.error = null;
    this.busy = false;
  }
}
