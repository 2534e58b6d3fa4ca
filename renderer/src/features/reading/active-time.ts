/** Nothing touched for longer than this is time away from the photograph. */
const IDLE_AFTER_MS = 15_000;

/** Time spent on one photograph, with the idle time taken off: of each stretch without a key or a move only the first 15 seconds count. */
export class ActiveTime {
  #activeMs = 0;
  #idleMs = 0;
  #last: number;

  constructor(now: number) {
    this.#last = now;
  }

  /** Something was touched. */
  touch(now: number): void {
    const gap = Math.max(0, now - this.#last);
    this.#activeMs += Math.min(gap, IDLE_AFTER_MS);
    this.#idleMs += Math.max(0, gap - IDLE_AFTER_MS);
    this.#last = now;
  }

  spent(now: number): { activeMs: number; idleMs: number } {
    this.touch(now);
    return { activeMs: this.#activeMs, idleMs: this.#idleMs };
  }
}
