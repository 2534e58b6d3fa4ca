import type { RunCounts, RunProgress } from '../../shared/domain/screening';

/** Rate over the last seconds: a slow folder after a fast one must show in the time left. */
const WINDOW_MS = 10_000;
/** A person cannot read faster; the window and the terminal are spared the rest. */
const EVENT_INTERVAL_MS = 100;

/** Counts what is stored and tells it at most ten times a second. */
export class ProgressMeter {
  readonly counts: RunCounts;
  readonly #listener: (progress: RunProgress) => void;
  readonly #now: () => number;
  /** Files of this start that were really worked on, as [instant, number so far]. */
  #marks: { at: number; done: number }[] = [];
  #worked = 0;
  #lastEventAt = -Infinity;

  constructor(found: number, otherFiles: number, listener: (progress: RunProgress) => void, now: () => number = () => performance.now()) {
    this.counts = { found, done: 0, reused: 0, failed: 0, otherFiles };
    this.#listener = listener;
    this.#now = now;
    this.#marks.push({ at: now(), done: 0 });
  }

  /** A file whose result this run had stored before it was interrupted: done, and nothing about the speed. */
  before(kind: 'screened' | 'reused' | 'failed'): void {
    this.#count(kind);
  }

  /** Call only after the commit. */
  stored(kind: 'screened' | 'reused' | 'failed'): void {
    this.#count(kind);
    this.#worked += 1;
    const at = this.#now();
    const last = this.#marks.at(-1);
    if (last === undefined || at - last.at >= EVENT_INTERVAL_MS) this.#marks.push({ at, done: this.#worked });
    while (this.#marks.length > 2 && at - (this.#marks[0]?.at ?? at) > WINDOW_MS) this.#marks.shift();
    if (at - this.#lastEventAt >= EVENT_INTERVAL_MS) this.tell();
  }

  /** Tells the listener now, whatever was told last. */
  tell(): void {
    this.#lastEventAt = this.#now();
    this.#listener(this.progress());
  }

  progress(): RunProgress {
    const first = this.#marks[0];
    const elapsedMs = first === undefined ? 0 : this.#now() - first.at;
    const imagesPerSecond = first === undefined || elapsedMs <= 0 ? 0 : ((this.#worked - first.done) / elapsedMs) * 1000;
    const left = this.counts.found - this.counts.done;
    return { counts: { ...this.counts }, imagesPerSecond, secondsLeft: imagesPerSecond > 0 ? left / imagesPerSecond : null };
  }

  #count(kind: 'screened' | 'reused' | 'failed'): void {
    this.counts.done += 1;
    if (kind === 'reused') this.counts.reused += 1;
    if (kind === 'failed') this.counts.failed += 1;
  }
}
