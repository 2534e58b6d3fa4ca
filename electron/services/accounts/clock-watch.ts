import { lastAuditInstant } from '../../db/audit';
import type { ReadableDatabase } from '../../db/sql';

/** A clock that is put right by hand or by another computer's is not far off; neither is this. */
const TOLERATED_MS = 10 * 60_000;

/**
 * Sees when the computer's clock is behind the work that is stored. Order never rests on the clock, but the days on papers and lists do.
 */
export class ClockWatch {
  #latestMs: number;
  #told = false;

  /** @param db what has been stored so far tells how late it is at least */
  constructor(db: ReadableDatabase) {
    this.#latestMs = lastAuditInstant(db);
  }

  /**
   * @param nowMs UTC milliseconds by the computer's clock
   * @returns `behind` with the instant that was reached before, once each time it happens; `right` once when it is over; else null
   */
  look(nowMs: number): { state: 'behind'; latestMs: number } | { state: 'right' } | null {
    const behind = nowMs < this.#latestMs - TOLERATED_MS;
    if (!behind) this.#latestMs = Math.max(this.#latestMs, nowMs);
    if (behind === this.#told) return null;
    this.#told = behind;
    return behind ? { state: 'behind', latestMs: this.#latestMs } : { state: 'right' };
  }
}
