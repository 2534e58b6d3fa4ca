import { Worker } from 'node:worker_threads';
import { AppError, toAppError } from '../../shared/errors';
import type { FromWorker, ToWorker, WorkerAnswers, WorkerJob } from './worker-messages';

interface Waiting {
  resolve(answer: WorkerAnswers[WorkerJob['kind']]): void;
  reject(error: AppError): void;
}

/** Threads that decode and augment beside the training step. */
export class WorkerCrew {
  readonly #workers: { worker: Worker; open: number }[];
  readonly #waiting = new Map<number, Waiting>();
  #next = 0;
  /** Why no job is taken any more: one of the threads is gone, and what is given to it would never be answered. */
  #gone: AppError | null = null;

  /** @param entry the training process's own file: in a thread it is a worker */
  constructor(entry: URL, count: number) {
    this.#workers = Array.from({ length: count }, () => {
      const member = { worker: new Worker(entry), open: 0 };
      member.worker.on('message', (reply: FromWorker) => {
        member.open -= 1;
        const waiting = this.#waiting.get(reply.id);
        this.#waiting.delete(reply.id);
        if ('error' in reply) waiting?.reject(new AppError(reply.error.code, reply.error.params));
        else waiting?.resolve(reply.answer);
      });
      member.worker.on('error', (error) => this.#failAll(toAppError(error)));
      member.worker.on('exit', () => this.#failAll(new AppError('engine-crashed')));
      return member;
    });
  }

  /** Gives a job to the least busy thread. @throws as the job does; engine-crashed when a thread has died */
  run<K extends WorkerJob['kind']>(job: Extract<WorkerJob, { kind: K }>): Promise<WorkerAnswers[K]> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const [first, ...rest] = this.#workers;
    if (!first) throw new AppError('internal');
    const member = rest.reduce((least, other) => (other.open < least.open ? other : least), first);
    member.open += 1;
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      const message: ToWorker = { id, job };
      member.worker.postMessage(message);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map(({ worker }) => worker.terminate()));
    this.#waiting.clear();
  }

  #failAll(error: AppError): void {
    this.#gone ??= error;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#gone);
    this.#waiting.clear();
  }
}
