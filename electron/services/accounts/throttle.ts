import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../../db/profile/durable-file';
import { AppError } from '../../shared/errors';

/** After so many failures in a row the next try waits, seconds; more of them wait as long as the last. */
const WAITS_S = [0, 0, 0, 10, 30, 60, 300] as const;

const schema = z.record(z.string().max(64), z.object({ failures: z.number().int().min(0), lastAt: z.number() }));
type Attempts = z.output<typeof schema>;

/**
 * Failed sign-ins by account, kept on disk: starting the program again does not shorten a wait. What it slows is guessing at the machine; guessing at a
 * copied folder is slowed by scrypt alone.
 */
export class Throttle {
  readonly #file: string;
  readonly #now: () => number;
  #attempts: Attempts | null = null;

  constructor(profileFolder: string, now: () => number = Date.now) {
    this.#file = join(profileFolder, 'sign-in.json');
    this.#now = now;
  }

  /** @throws AppError sign-in-throttled {seconds} while a try would come too soon */
  async check(name: string): Promise<void> {
    const attempts = await this.#load();
    const attempt = attempts[name];
    if (attempt === undefined) return;
    // A clock that was set back neither shortens the wait nor makes it endless.
    if (attempt.lastAt > this.#now()) attempt.lastAt = this.#now();
    const waitS = WAITS_S[Math.min(attempt.failures, WAITS_S.length - 1)] ?? 0;
    const seconds = Math.ceil(waitS - (this.#now() - attempt.lastAt) / 1000);
    if (seconds > 0) throw new AppError('sign-in-throttled', { seconds });
  }

  async failed(name: string): Promise<void> {
    const attempts = await this.#load();
    attempts[name] = { failures: (attempts[name]?.failures ?? 0) + 1, lastAt: this.#now() };
    await this.#save(attempts);
  }

  /** @returns how often it failed before */
  async succeeded(name: string): Promise<number> {
    const attempts = await this.#load();
    const failures = attempts[name]?.failures ?? 0;
    if (failures > 0) {
      delete attempts[name];
      await this.#save(attempts);
    }
    return failures;
  }

  async #load(): Promise<Attempts> {
    if (this.#attempts !== null) return this.#attempts;
    try {
      this.#attempts = schema.parse(JSON.parse(await readFile(this.#file, 'utf8')));
    } catch {
      // Not there yet, or not ours: nothing is known then.
      this.#attempts = {};
    }
    return this.#attempts;
  }

  async #save(attempts: Attempts): Promise<void> {
    await writeFileDurably(this.#file, `${JSON.stringify(attempts)}\n`);
  }
}
