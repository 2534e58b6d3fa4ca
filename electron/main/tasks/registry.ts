import { AppError, toAppError } from '../../shared/errors';
import type { Task, TaskKind, TaskSteps } from '../../shared/ipc/types';
import type { RunProgress } from '../../shared/domain/screening';

export interface TaskEvents {
  created(task: Task): void;
  updated(task: Task): void;
  removed(taskId: string): void;
}

/** What a task's work gets. */
export interface TaskContext {
  signal: AbortSignal;
  progress: (progress: RunProgress) => void;
  /** How far work is that is no screening. */
  steps: (steps: TaskSteps) => void;
  /** The run that the task works on, as soon as it is known. */
  run: (runId: string) => void;
  /** What other work is about, as soon as it is known. */
  record: (recordId: string) => void;
}

export interface TaskOptions {
  kind: TaskKind;
  subject: string;
  work: (context: TaskContext) => Promise<void>;
}

interface Entry {
  task: Task;
  abort: AbortController;
  ended: Promise<void>;
  lastUpdateAt: number;
}

/** A progress bar needs no more than this; each update is a message to the window. */
const UPDATE_INTERVAL_MS = 200;
/** Finished tasks that are still listed; older ones go. */
const KEPT_TASKS = 20;

/** All long work, in one place, in the main process: a window that is reloaded or restarted finds it again. */
export class TaskRegistry {
  readonly #entries = new Map<string, Entry>();
  readonly #events: TaskEvents;
  readonly #newId: () => string;
  readonly #now: () => number;

  constructor(events: TaskEvents, newId: () => string, now: () => number = Date.now) {
    this.#events = events;
    this.#newId = newId;
    this.#now = now;
  }

  /** Newest first. */
  list(): Task[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry.task })).reverse();
  }

  /** Those that are not over yet, of one kind or of all. */
  running(kind?: TaskKind): Task[] {
    return this.list().filter((task) => !isOver(task) && (kind === undefined || task.kind === kind));
  }

  start(options: TaskOptions): Task {
    const abort = new AbortController();
    const task: Task = {
      id: this.#newId(),
      kind: options.kind,
      subject: options.subject,
      state: 'running',
      cancellable: true,
      progress: null,
      steps: null,
      runId: null,
      recordId: null,
      error: null,
      startedAt: this.#now(),
      finishedAt: null,
    };
    const entry: Entry = { task, abort, ended: Promise.resolve(), lastUpdateAt: -Infinity };
    this.#entries.set(task.id, entry);
    this.#events.created({ ...task });
    entry.ended = this.#run(entry, options.work);
    this.#forgetOldest();
    return { ...task };
  }

  /** @throws AppError not-found; a task that is over stays as it is */
  cancel(taskId: string): void {
    const entry = this.#find(taskId);
    if (isOver(entry.task) || entry.task.state === 'cancelling') return;
    entry.task.state = 'cancelling';
    entry.task.cancellable = false;
    this.#events.updated({ ...entry.task });
    entry.abort.abort();
  }

  /** @throws AppError not-found, not-permitted while it is running */
  dismiss(taskId: string): void {
    const entry = this.#find(taskId);
    if (!isOver(entry.task)) throw new AppError('not-permitted');
    this.#entries.delete(taskId);
    this.#events.removed(taskId);
  }

  /** Cancels everything and waits until all of it has stopped and is stored. */
  async stopAll(): Promise<void> {
    const entries = [...this.#entries.values()];
    for (const entry of entries) this.cancel(entry.task.id);
    await Promise.all(entries.map((entry) => entry.ended));
  }

  async #run(entry: Entry, work: TaskOptions['work']): Promise<void> {
    const { task } = entry;
    try {
      await work({
        signal: entry.abort.signal,
        progress: (progress) => {
          task.progress = progress;
          this.#update(entry);
        },
        steps: (steps) => {
          task.steps = steps;
          this.#update(entry);
        },
        run: (runId) => {
          task.runId = runId;
          this.#update(entry, true);
        },
        record: (recordId) => {
          task.recordId = recordId;
          this.#update(entry, true);
        },
      });
      task.state = entry.abort.signal.aborted ? 'cancelled' : 'done';
    } catch (thrown) {
      const error = toAppError(thrown);
      task.state = error.code === 'cancelled' ? 'cancelled' : 'failed';
      task.error = task.state === 'failed' ? error.toData() : null;
    }
    task.cancellable = false;
    task.finishedAt = this.#now();
    this.#update(entry, true);
  }

  #update(entry: Entry, always = false): void {
    const now = this.#now();
    if (!always && now - entry.lastUpdateAt < UPDATE_INTERVAL_MS) return;
    entry.lastUpdateAt = now;
    this.#events.updated({ ...entry.task });
  }

  #find(taskId: string): Entry {
    const entry = this.#entries.get(taskId);
    if (entry === undefined) throw new AppError('not-found', { what: 'task' });
    return entry;
  }

  #forgetOldest(): void {
    const over = [...this.#entries.values()].filter((entry) => isOver(entry.task));
    for (const entry of over.slice(0, Math.max(0, over.length - KEPT_TASKS))) this.dismiss(entry.task.id);
  }
}

function isOver(task: Task): boolean {
  return task.finishedAt !== null;
}
