import { type AppErrorData, toAppError } from '../../../electron/shared/errors';

export interface Page<Row> {
  total: number;
  rows: readonly Row[];
}

/** One question is answered with so many rows: a few screens. */
export const PAGE_ROWS = 100;

/**
 * A list of main's that may be thousands of rows long, of which only what is looked at is fetched. While it is asked for again (a run goes
 * on, a page is scrolled to) the rows of before stay in sight.
 */
export class Pages<Row, Answer extends Page<Row>> {
  readonly #ask: (place: { offset: number; limit: number }) => Promise<Answer>;
  #rows = $state.raw<ReadonlyMap<number, readonly Row[]>>(new Map());
  /** The newest answer: totals and counts. */
  answer = $state.raw<Answer | null>(null);
  error = $state.raw<AppErrorData | null>(null);
  total = $derived(this.answer?.total ?? 0);
  /** Pages that are there or on their way, of this state of the list. */
  #asked = new Set<number>();
  #wanted = { first: 0, end: 1 };
  /** Answers to an earlier question, or about an earlier state, are dropped. */
  #generation = 0;

  constructor(ask: (place: { offset: number; limit: number }) => Promise<Answer>) {
    this.#ask = ask;
  }

  row(index: number): Row | null {
    return this.#rows.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS] ?? null;
  }

  /** What is drawn now, the last one excluded. */
  want(first: number, end: number): void {
    this.#wanted = { first, end: Math.max(end, first + 1) };
    this.#fetchWanted();
  }

  /** Another question: nothing of the old answer holds. */
  restart(): void {
    this.#rows = new Map();
    this.answer = null;
    this.refresh();
  }

  /** The same question about a list that has changed. */
  refresh(): void {
    this.#generation += 1;
    this.#asked = new Set();
    this.#fetchWanted();
  }

  #fetchWanted(): void {
    const last = Math.floor((this.#wanted.end - 1) / PAGE_ROWS);
    for (let page = Math.floor(this.#wanted.first / PAGE_ROWS); page <= last; page += 1) {
      if (this.#asked.has(page)) continue;
      this.#asked.add(page);
      void this.#fetch(page, this.#generation);
    }
  }

  async #fetch(page: number, generation: number): Promise<void> {
    try {
      const answer = await this.#ask({ offset: page * PAGE_ROWS, limit: PAGE_ROWS });
      if (generation !== this.#generation) return;
      const kept = [...this.#rows].filter(([number]) => number * PAGE_ROWS < answer.total);
      this.#rows = new Map([...kept, [page, answer.rows]]);
      this.answer = answer;
      this.error = null;
    } catch (thrown) {
      if (generation !== this.#generation) return;
      this.#asked.delete(page);
      this.error = toAppError(thrown).toData();
    }
  }
}
