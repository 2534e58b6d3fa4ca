import { z } from 'zod';
import type { RecipeSummary, TrainingLive, TrainingRunDetail, TrainingRunSummary, TrainingSetSummary } from '../domain/training';

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);
const path = z.string().min(1).max(4096);
const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('list'), data: path, images: path.nullable() }),
  z.strictObject({ kind: z.literal('dataset'), datasetId: id }),
]);

export const trainingInputs = {
  /** A data set at a glance, before anything is trained. */
  trainingSummary: z.strictObject({ source }),
  trainingRecipes: nothing,
  startTraining: z.strictObject({
    source,
    /** Name of a shipped recipe, or a file. */
    recipe: path,
    from: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    seed: z.number().int().min(0).max(999_999_999),
    epochs: z.number().int().min(1).max(2000).nullable(),
  }),
  pauseTraining: z.strictObject({ runId: id }),
  resumeTraining: z.strictObject({ runId: id }),
  cancelTraining: z.strictObject({ runId: id }),
  /** Newest first. */
  listTrainings: nothing,
  trainingDetail: z.strictObject({ runId: id }),
  /** The training under way, if any. */
  trainingLive: nothing,
} as const satisfies Record<keyof TrainingOutputs, z.ZodType>;

export interface TrainingOutputs {
  trainingSummary: TrainingSetSummary;
  trainingRecipes: RecipeSummary[];
  startTraining: { runId: string };
  pauseTraining: null;
  resumeTraining: null;
  cancelTraining: null;
  listTrainings: TrainingRunSummary[];
  trainingDetail: TrainingRunDetail;
  trainingLive: TrainingLive | null;
}
