import type { AugmentationSettings } from '../../shared/domain/recipe';
import type { AppErrorData } from '../../shared/errors';

/** What a training worker is asked for. Cached squares pass as shared memory: every worker reads the same copy. */
export type WorkerJob =
  | { kind: 'prepare'; bytes: Uint8Array; viewPx: number }
  | { kind: 'score'; bytes: Uint8Array; sizePx: number }
  | { kind: 'batch'; sizePx: number; settings: AugmentationSettings; views: { square: SharedSquare; seed: readonly number[] }[] };

export interface SharedSquare {
  sizePx: number;
  pixels: SharedArrayBuffer;
}

export interface WorkerAnswers {
  prepare: SharedSquare;
  /** RGB bytes at the network's size. */
  score: Uint8Array;
  /** n x size x size x 3, values 0..255. */
  batch: Float32Array;
}

export type ToWorker = { id: number; job: WorkerJob };
export type FromWorker = { id: number; answer: WorkerAnswers[WorkerJob['kind']] } | { id: number; error: AppErrorData };
