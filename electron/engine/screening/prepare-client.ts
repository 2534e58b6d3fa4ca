import { Worker } from 'node:worker_threads';
import { AppError } from '../../shared/errors';
import type { PreparedImage } from './prepare';
import type { PrepareAnswer, PrepareRequest } from './prepare-thread';

interface Waiting {
  resolve: (prepared: PreparedImage) => void;
  reject: (error: AppError) => void;
}

/** One worker thread that decodes, judges and cuts photographs while the network looks at the one before. */
export class PrepareThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;

  /** @param entry the engine's entry file: in a worker thread it prepares, in the main thread it serves */
  constructor(entry: URL) {
    this.#worker = new Worker(entry);
    this.#worker.on('message', (answer: PrepareAnswer) => {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('prepared' in answer) waiting?.resolve(answer.prepared);
      else waiting?.reject(new AppError(answer.error.code, answer.error.params, answer.stack));
    });
    // A thread that dies takes its process along, and the supervisor starts both afresh.
    this.#worker.on('error', (error) => {
      throw error;
    });
  }

  prepare(bytes: Uint8Array, sizePx: number): Promise<PreparedImage> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      // Moved, not copied, when the photograph is alone in its buffer.
      const own =
        bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer
          ? (bytes as Uint8Array<ArrayBuffer>)
          : Uint8Array.from(bytes);
      this.#worker.postMessage({ id, bytes: own, sizePx } satisfies PrepareRequest, [own.buffer]);
    });
  }
}
