import { type AppErrorData, toAppError } from '../../../../electron/shared/errors';
import type { Mark } from '../../../../electron/shared/domain/reading';
import type { Api } from '../../../../electron/shared/ipc/api';
import type { LastRead, PracticeFeedback, ReadingItem, ReadingQueue } from '../../../../electron/shared/ipc/reading';
import type { PhotographCache } from '../viewer/photograph-cache';
import { ActiveTime } from './active-time';
import { answerOf, type Draft, draftOf, EMPTY_DRAFT } from './answer-draft';

/** Asked for at once, and how many are left before more are asked for. */
const QUEUE_LENGTH = 12;
const QUEUE_LOW = 6;
/** Decoded ahead of the one on screen. */
const LOOK_AHEAD = 6;

/** One sitting in one campaign. What is saved is on disk when main has answered; until then it counts as under way, and comes back if it fails. */
export class ReadingSession {
  readonly #api: Api;
  readonly #campaignId: string;
  readonly #cache: PhotographCache;
  readonly #done = new Set<string>();
  #refilling: Promise<void> | null = null;
  #time = new ActiveTime(performance.now());

  queue = $state.raw<ReadingQueue | null>(null);
  items = $state.raw<ReadingItem[]>([]);
  draft = $state.raw<Draft>(EMPTY_DRAFT);
  marks = $state.raw<Mark[]>([]);
  /** The answer that is being given anew; null for a first one. */
  undoing = $state.raw<LastRead | null>(null);
  /** Answered on disk, this sitting's included. */
  answered = $state(0);
  saving = $state(0);
  error = $state.raw<AppErrorData | null>(null);
  /** Of the practice photograph that was answered last. */
  feedback = $state.raw<{ item: ReadingItem; feedback: PracticeFeedback } | null>(null);

  readonly current = $derived(this.undoing?.item ?? this.items[0] ?? null);
  readonly ready = $derived(this.queue !== null);

  constructor(api: Api, campaignId: string, cache: PhotographCache) {
    this.#api = api;
    this.#campaignId = campaignId;
    this.#cache = cache;
  }

  async start(): Promise<void> {
    await this.#refill();
    this.#time = new ActiveTime(performance.now());
  }

  touch(): void {
    this.#time.touch(performance.now());
  }

  /** The next photographs, those that are being saved left out. */
  #refill(): Promise<void> {
    this.#refilling ??= this.#ask().finally(() => {
      this.#refilling = null;
    });
    return this.#refilling;
  }

  async #ask(): Promise<void> {
    try {
      const queue = await this.#api.call('readingQueue', { campaignId: this.#campaignId, limit: QUEUE_LENGTH });
      this.queue = queue;
      this.answered = queue.answered;
      const kept = this.items.filter(({ assignmentId }) => !this.#done.has(assignmentId));
      const known = new Set(kept.map(({ assignmentId }) => assignmentId));
      this.items = [...kept, ...queue.items.filter(({ assignmentId }) => !known.has(assignmentId) && !this.#done.has(assignmentId))];
      this.#lookAhead();
    } catch (thrown) {
      this.error = toAppError(thrown).toData();
    }
  }

  #lookAhead(): void {
    for (const { assignmentId } of this.items.slice(0, LOOK_AHEAD)) this.#cache.prefetch(assignmentId);
  }

  /** Stores the answer on screen and shows the next photograph at once. @returns false while something is missing */
  save(correctionReason: string | null = null): boolean {
    const item = this.current;
    const answer = answerOf(this.draft);
    if (item === null || answer === null) return false;
    const { undoing, draft, marks } = this;
    const request = {
      assignmentId: item.assignmentId,
      answer,
      marks,
      ...this.#time.spent(performance.now()),
      supersedesId: undoing?.readId ?? null,
      correctionReason,
    };
    this.#done.add(item.assignmentId);
    this.items = this.items.filter(({ assignmentId }) => assignmentId !== item.assignmentId);
    this.#fresh();
    void this.#store(
      request,
      () => {
        // Not stored: it comes back as it was.
        this.#done.delete(item.assignmentId);
        this.draft = draft;
        this.marks = marks;
        if (undoing === null) this.items = [item, ...this.items];
        else this.undoing = undoing;
      },
      item,
    );
    this.#lookAhead();
    return true;
  }

  async #store(
    request: Parameters<Api['call']>[1] & { assignmentId: string; supersedesId: string | null },
    failed: () => void,
    item: ReadingItem,
  ): Promise<void> {
    this.saving += 1;
    this.error = null;
    try {
      await this.#api.call('saveRead', request as never);
      if (request.supersedesId === null) this.answered += 1;
      if (item.task === 'decide') this.#done.delete(item.assignmentId);
      if (this.queue?.practice === true) {
        const feedback = await this.#api.call('practiceFeedback', { assignmentId: item.assignmentId });
        this.feedback = { item, feedback };
      }
    } catch (thrown) {
      this.error = toAppError(thrown).toData();
      if (this.error.code === 'read-answered' || this.error.code === 'read-ended') await this.#refill();
      else failed();
    } finally {
      this.saving -= 1;
    }
    if (this.items.length < QUEUE_LOW) await this.#refill();
  }

  /** Goes back to the answer given last; saving then takes its place. Without one nothing happens. */
  async undo(): Promise<void> {
    if (this.undoing !== null || this.saving > 0) return;
    try {
      const last = await this.#api.call('lastRead', { campaignId: this.#campaignId });
      if (last === null) return;
      this.#fresh();
      this.undoing = last;
      this.draft = draftOf(last.answer);
      this.marks = last.marks;
    } catch (thrown) {
      this.error = toAppError(thrown).toData();
    }
  }

  /** Leaves the earlier answer as it is. */
  stopUndo(): void {
    this.#fresh();
  }

  /** Tells the clinical lead about the photograph on screen. */
  async alert(): Promise<void> {
    const item = this.current;
    if (item === null || item.alerted) return;
    try {
      await this.#api.call('sendAlert', { assignmentId: item.assignmentId });
      const alerted = { ...item, alerted: true };
      if (this.undoing !== null) this.undoing = { ...this.undoing, item: alerted };
      else this.items = this.items.map((each) => (each.assignmentId === item.assignmentId ? alerted : each));
    } catch (thrown) {
      this.error = toAppError(thrown).toData();
    }
  }

  /** A decision was made elsewhere on the screen. */
  async decided(assignmentId: string): Promise<void> {
    this.#done.add(assignmentId);
    this.items = this.items.filter((item) => item.assignmentId !== assignmentId);
    this.#fresh();
    await this.#refill();
  }

  #fresh(): void {
    this.undoing = null;
    this.draft = EMPTY_DRAFT;
    this.marks = [];
    this.#time = new ActiveTime(performance.now());
  }
}
