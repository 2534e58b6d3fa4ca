import { setImmediate, setTimeout } from 'node:timers/promises';

/** Writes gathered into one transaction; each costs about a millisecond, the flush to disk several. */
const WRITES_PER_TRANSACTION = 16;
/** A transaction takes no further write after this: nothing else can be answered meanwhile. */
const LONGEST_MS = 8;
/** How long the first write waits for company: small beside a screening, long enough to halve the number of flushes. */
const GATHER_MS = 4;

interface Pending {
  write: () => unknown;
  resolve: (value: unknown) => void;
  reject: (reason: unknown) => void;
}

/**
 * Gathers writes of several images into one transaction. A promise of `commit` settles only after the transaction is on
 * the disk: a decision on screen is a decision on disk.
 */
export class Committer {
  readonly #transaction: (write: () => void) => void;
  readonly #pending: Pending[] = [];
  #running: Promise<void> | null = null;

  /** @param transaction runs the writes in one transaction, or rolls all of them back and throws */
  constructor(transaction: (write: () => void) => void) {
    this.#transaction = transaction;
  }

  commit<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ write, resolve: (value) => resolve(value as T), reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when everything handed in so far is on the disk or has failed. */
  async settle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#pending.length > 0) {
      await setTimeout(GATHER_MS);
      const batch = this.#pending.slice(0, WRITES_PER_TRANSACTION);
      const written = this.#tryTogether(batch);
      if (written > 0) {
        this.#pending.splice(0, written);
        continue;
      }
      // One bad write rolled all of them back: each gets its own transaction, so that the others are stored.
      for (const one of this.#pending.splice(0, batch.length)) {
        this.#tryAlone(one);
        await setImmediate();
      }
    }
    this.#running = null;
  }

  /** @returns how many are on the disk; 0 where one failed, and then none is */
  #tryTogether(batch: readonly Pending[]): number {
    let values: unknown[] = [];
    try {
      this.#transaction(() => {
        const startedAt = performance.now();
        values = [];
        for (const { write } of batch) {
          values.push(write());
          if (performance.now() - startedAt > LONGEST_MS) break;
        }
      });
    } catch {
      return 0;
    }
    for (const [index, value] of values.entries()) batch[index]?.resolve(value);
    return values.length;
  }

  #tryAlone({ write, resolve, reject }: Pending): void {
    let value: unknown;
    try {
      this.#transaction(() => {
        value = write();
      });
    } catch (thrown) {
      reject(thrown);
      return;
    }
    resolve(value);
  }
}
