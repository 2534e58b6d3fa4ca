import { createHash } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../../shared/errors';
import type { EpochFacts } from '../../shared/domain/training';
import type { TrainingState } from './step-engine';

/** Everything an interrupted training needs to end with the same weights as an uninterrupted one. */
export interface Checkpoint {
  /** SHA-256 over recipe, seed and images: a checkpoint continues nothing else. */
  run: string;
  epochsDone: number;
  /** Photographs a step, which memory may have made fewer: the rest of the run keeps to it. */
  batchSize: number;
  state: TrainingState;
  /** The best epoch so far and its averaged network; null before the first. */
  best: { epoch: number; score: number; weights: Float32Array } | null;
  history: EpochFacts[];
}

const MAGIC = 'netra-checkpoint-2';
const headerSchema = z.object({
  magic: z.literal(MAGIC),
  run: z.string(),
  epochsDone: z.number().int(),
  batchSize: z.number().int().positive(),
  stepCount: z.number(),
  best: z.object({ epoch: z.number().int(), score: z.number() }).nullable(),
  history: z.array(z.custom<EpochFacts>((value) => typeof value === 'object' && value !== null)),
  lengths: z.array(z.number().int().nonnegative()),
  sha256: z.string(),
});

/** One file: length of the header, header as JSON, then float32 vectors. */
export function encodeCheckpoint({ run, epochsDone, batchSize, state, best, history }: Checkpoint): Uint8Array {
  const vectors = [state.weights, state.average, state.first, state.second, best?.weights ?? new Float32Array()];
  const body = Buffer.concat(vectors.map((vector) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)));
  const header = Buffer.from(
    JSON.stringify({
      magic: MAGIC,
      run,
      epochsDone,
      batchSize,
      stepCount: state.stepCount,
      best: best && { epoch: best.epoch, score: best.score },
      history,
      lengths: vectors.map((vector) => vector.length),
      sha256: createHash('sha256').update(body).digest('hex'),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([length, header, body]);
}

/** @throws AppError checkpoint-damaged for anything that is not whole */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  try {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const headerLength = buffer.readUInt32LE(0);
    const header = headerSchema.parse(JSON.parse(buffer.toString('utf8', 4, 4 + headerLength)));
    const body = buffer.subarray(4 + headerLength);
    if (createHash('sha256').update(body).digest('hex') !== header.sha256) throw new Error('hash');
    const vectors: Float32Array[] = [];
    let at = 0;
    for (const length of header.lengths) {
      vectors.push(new Float32Array(Uint8Array.from(body.subarray(at, at + length * 4)).buffer));
      at += length * 4;
    }
    const [weights, average, first, second, best] = vectors;
    if (!weights || !average || !first || !second || !best || at !== body.length) throw new Error('length');
    return {
      run: header.run,
      epochsDone: header.epochsDone,
      batchSize: header.batchSize,
      state: { weights, average, first, second, stepCount: header.stepCount },
      best: header.best && { ...header.best, weights: best },
      history: header.history,
    };
  } catch (error) {
    throw new AppError('checkpoint-damaged', {}, error);
  }
}
