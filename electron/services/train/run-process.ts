import { writeFile } from 'node:fs/promises';
import { freemem } from 'node:os';
import { join } from 'node:path';
import { writeFileDurably } from '../../db/profile/durable-file';
import type { SpawnTraining, TrainingTransport } from '../../engine/client/spawn-training';
import type { TrainingInput, TrainingResult } from '../../engine/client/training-protocol';
import type { Recipe } from '../../shared/domain/recipe';
import type { EpochFacts, StepFacts, TrainingNote } from '../../shared/domain/training';
import { AppError, toAppError } from '../../shared/errors';
import type { PictureCache } from './picture-cache';
import type { TrainingSet } from './training-set';

export const CHECKPOINT = 'checkpoint.bin';
/** A normal step of Lite0 with its gradients takes about this much memory for each pixel of each photograph, bytes (measured, 384 px). */
const BYTES_A_PIXEL = 1400;
/** Of the process before its first step. */
const BASE_BYTES = 700e6;
const LEAST_BATCH = 2;

/** What a training tells while it runs. */
export interface TrainingHooks {
  onDevice: (device: string) => void;
  onPrepared: (done: number, total: number) => void;
  onStep: (facts: StepFacts) => void;
  onEpoch: (facts: EpochFacts) => void;
  onNote: (note: TrainingNote) => void;
  onPaused: () => void;
}

/** Stops a training before its next step and lets it go on. */
export class TrainingPause {
  #transport: TrainingTransport | null = null;
  #wanted = false;

  /** The process that is under way; a new one, after a GPU was lost say, begins as the last one stood. */
  attach(transport: TrainingTransport | null): void {
    this.#transport = transport;
    if (this.#wanted) transport?.send({ kind: 'pause' });
  }

  set(paused: boolean): void {
    this.#wanted = paused;
    this.#transport?.send({ kind: paused ? 'pause' : 'go-on' });
  }
}

export interface RunTrainingOptions {
  set: TrainingSet;
  input: TrainingInput;
  /** Folder of checkpoint and curve; null where neither is kept. */
  work: string | null;
  spawn: SpawnTraining;
  signal: AbortSignal;
  pause: TrainingPause;
  /** null: prepared pictures are never written to disk. */
  cache: PictureCache | null;
  readCheckpoint: () => Promise<Uint8Array | null>;
  hooks: TrainingHooks;
}

/** The largest batch that fits into free memory, halving the recipe's. */
export function fittingBatch(recipe: Recipe, freeBytes = freemem()): number {
  const onPixels = recipe.stages.filter(({ trained }) => trained === 'all' || trained === 'late');
  const largest = Math.max(0, ...onPixels.map(({ sizePx }) => sizePx));
  let batch = recipe.batchSize;
  while (batch / 2 >= LEAST_BATCH && BASE_BYTES + batch * largest ** 2 * BYTES_A_PIXEL > freeBytes) batch = Math.floor(batch / 2);
  return batch;
}

/**
 * Runs the training process to its end. Where memory runs short it goes on from the last epoch with half the batch, where a GPU is lost on the processor;
 * both are said.
 *
 * @throws AppError cancelled, engine-crashed, and what the process answers
 */
export async function runTrainingProcess(options: RunTrainingOptions): Promise<TrainingResult> {
  let { input } = options;
  let cpuOnly = false;
  let device = '';
  for (;;) {
    const hooks = {
      ...options.hooks,
      onDevice: (now: string) => {
        device = now;
        options.hooks.onDevice(now);
      },
    };
    try {
      return await runOnce({ ...options, input, hooks }, cpuOnly);
    } catch (thrown) {
      const { code } = toAppError(thrown);
      if (code === 'memory-short' && input.batchSize / 2 >= LEAST_BATCH) {
        const to = Math.floor(input.batchSize / 2);
        options.hooks.onNote({ code: 'smaller-batch', from: input.batchSize, to });
        input = { ...input, batchSize: to };
      } else if ((code === 'gpu-lost' || code === 'engine-crashed') && device.includes('GPU') && !cpuOnly) {
        options.hooks.onNote({ code: 'cpu-instead-of-gpu' });
        cpuOnly = true;
      } else throw thrown;
      input = { ...input, checkpoint: (await options.readCheckpoint()) ?? input.checkpoint };
    }
  }
}

function runOnce({ set, input, work, spawn, signal, pause, cache, hooks }: RunTrainingOptions, cpuOnly: boolean): Promise<TrainingResult> {
  return new Promise((resolve, reject) => {
    const process = spawn({ cpuOnly });
    let settled = false;
    function end(finish: () => void): void {
      if (settled) return;
      settled = true;
      signal.removeEventListener('abort', cancel);
      pause.attach(null);
      finish();
      process.kill();
    }
    function cancel(): void {
      end(() => reject(new AppError('cancelled')));
    }
    signal.addEventListener('abort', cancel, { once: true });
    process.onExit(() => end(() => reject(new AppError('engine-crashed'))));
    process.onMessage((message) => {
      switch (message.kind) {
        case 'ready':
          process.send({ kind: 'start', input });
          pause.attach(process);
          return;
        case 'device':
          hooks.onDevice(message.device);
          return;
        case 'want-image':
          void answerImage(message.sha256);
          return;
        case 'want-kept':
          void answerKept(message.key);
          return;
        case 'keep':
          cache?.put(message.key, message.bytes, () => hooks.onNote({ code: 'no-picture-cache' }));
          return;
        case 'prepared':
          hooks.onPrepared(message.done, message.total);
          return;
        case 'paused':
          hooks.onPaused();
          return;
        case 'step':
          hooks.onStep(message.facts);
          return;
        case 'epoch':
          void store(message.facts, message.checkpoint, message.weights);
          return;
        case 'finished':
          end(() => resolve(message.result));
          return;
        case 'failed':
          end(() => reject(new AppError(message.error.code, message.error.params)));
          return;
        // Answers to `cut`, which nobody asks for here.
        case 'square':
        case 'cut':
          return;
      }
    });
    if (signal.aborted) cancel();

    async function answerImage(sha256: string): Promise<void> {
      try {
        process.send({ kind: 'image', sha256, bytes: await set.read(sha256) });
      } catch (thrown) {
        process.send({ kind: 'image-failed', sha256, error: toAppError(thrown).toData() });
      }
    }

    async function answerKept(key: string): Promise<void> {
      process.send({ kind: 'kept', key, bytes: (await cache?.get(key)) ?? null });
    }

    async function store(facts: EpochFacts, checkpoint: Uint8Array, weights: Uint8Array | null): Promise<void> {
      try {
        await write(facts, checkpoint, weights).catch(async (thrown: unknown) => {
          // Pictures can be prepared again, an epoch cannot.
          if (cache === null || toAppError(thrown).code !== 'disk-full') throw thrown;
          await cache.clear();
          hooks.onNote({ code: 'no-picture-cache' });
          await write(facts, checkpoint, weights);
        });
        hooks.onEpoch(facts);
        process.send({ kind: 'stored' });
      } catch (thrown) {
        // The last checkpoint is whole; this one had no room.
        process.send({ kind: 'store-failed', error: toAppError(thrown).toData() });
      }
    }

    async function write(facts: EpochFacts, checkpoint: Uint8Array, weights: Uint8Array | null): Promise<void> {
      if (work === null) return;
      if (weights !== null) await writeFileDurably(join(work, `epoch-${String(facts.epoch).padStart(3, '0')}.safetensors`), weights);
      await writeFileDurably(join(work, CHECKPOINT), checkpoint);
      await writeFile(join(work, 'epochs.jsonl'), `${JSON.stringify(facts)}\n`, { flag: isFirst(facts) ? 'w' : 'a' });
    }

    function isFirst({ epoch }: EpochFacts): boolean {
      return epoch === (input.recipe.keepEveryEpoch ? 0 : 1);
    }
  });
}
