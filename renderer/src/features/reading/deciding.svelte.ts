import { type AppErrorData, toAppError } from '../../../../electron/shared/errors';
import type { Answer } from '../../../../electron/shared/domain/reading';
import type { Api } from '../../../../electron/shared/ipc/api';
import type { AdjudicationCase } from '../../../../electron/shared/ipc/reading';
import { draftOf } from './answer-draft';
import type { ReadingSession } from './reading-session.svelte';

/** A disagreement on screen: its other answers are shown when the reader's own is final, and then it is decided. */
export class Deciding {
  readonly #api: Api;
  readonly #reading: ReadingSession;
  #opened = $state.raw<{ assignmentId: string; shown: AdjudicationCase } | null>(null);
  error = $state.raw<AppErrorData | null>(null);

  /** What the others said of the photograph on screen; null until it is there. */
  readonly shown = $derived.by(() =>
    this.#opened?.assignmentId === this.#reading.current?.assignmentId ? (this.#opened?.shown ?? null) : null,
  );

  constructor(api: Api, reading: ReadingSession) {
    this.#api = api;
    this.#reading = reading;
  }

  /** The reader's own answer is what the decision begins with. */
  async open(assignmentId: string): Promise<void> {
    try {
      const shown = await this.#api.call('adjudicationCase', { assignmentId });
      this.#opened = { assignmentId, shown };
      this.#reading.draft = draftOf(shown.own);
      this.error = null;
    } catch (thrown) {
      this.error = toAppError(thrown).toData();
    }
  }

  async decide(assignmentId: string, answer: Answer): Promise<void> {
    try {
      await this.#api.call('decideAdjudication', { assignmentId, answer });
      this.error = null;
      await this.#reading.decided(assignmentId);
    } catch (thrown) {
      this.error = toAppError(thrown).toData();
    }
  }
}
