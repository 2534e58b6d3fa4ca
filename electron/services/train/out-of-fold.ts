import { availableParallelism, totalmem } from 'node:os';
import { readBundle } from '../../engine/bundle/read';
import type { SpawnTraining } from '../../engine/client/spawn-training';
import type { Profile } from '../../db/profile/profile';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { modelInUse } from '../models/store';
import { starterFolder } from '../workspace';
import { calibrate, scored } from './calibrate';
import { PictureCache } from './picture-cache';
import { readRecipe } from './recipes';
import { runTrainingProcess, TrainingPause } from './run-process';
import { graphFolderOf, requireBothClasses } from './train';
import { gatherSource } from './training-source';

const RECIPE = 'netra-head';
const SEED = 1;

export interface OutOfFoldOptions {
  profile: Profile;
  resourcesFolder: string;
  datasetId: string;
  spawn: SpawnTraining;
  signal: AbortSignal;
  /** Photographs prepared, of all: the fit itself takes seconds. */
  onProgress: (done: number, total: number) => void;
}

/**
 * What a head thinks of each photograph of a data set's open part that has learnt from none of its patient's: the head alone, on the embeddings of the
 * model in use, by folds of patients. For finding labels to look at again; nothing is kept but the embeddings, encrypted.
 *
 * @returns calibrated P(grade >= 2) by content (hex SHA-256); photographs that could not be read are not in it
 * @throws AppError not-permitted, not-found, dataset-consent-withdrawn, training-set-too-small, backend-unavailable, cancelled, engine-crashed
 */
export async function outOfFoldProbabilities(actor: Actor, options: OutOfFoldOptions): Promise<Map<string, number>> {
  requireRole(actor, 'admin', 'doctor');
  const { profile, resourcesFolder, signal, onProgress } = options;
  const recipe = await readRecipe(RECIPE, resourcesFolder);
  const inUse = modelInUse(profile, starterFolder(resourcesFolder));
  const { files } = await readBundle(inUse.folder, inUse.id);
  const set = await gatherSource(actor, profile, { kind: 'dataset', datasetId: options.datasetId }, recipe, onProgress, signal);
  requireBothClasses(set, recipe);
  const nothing = (): void => undefined;
  const result = await runTrainingProcess({
    set,
    input: {
      task: 'train',
      recipe,
      seed: SEED,
      images: set.images,
      initial: files,
      checkpoint: null,
      graphFolder: graphFolderOf(resourcesFolder),
      pixelThreads: Math.max(1, availableParallelism() - 1),
      cacheBytes: Math.floor(totalmem() * 0.1),
      batchSize: recipe.batchSize,
      keeps: true,
    },
    work: null,
    spawn: options.spawn,
    signal,
    pause: new TrainingPause(),
    cache: new PictureCache(profile),
    readCheckpoint: async () => null,
    hooks: { onDevice: nothing, onPrepared: onProgress, onStep: nothing, onEpoch: nothing, onNote: nothing, onPaused: nothing },
  });
  const { temperature } = calibrate(result, set.images, recipe);
  const facts = new Map(set.images.map((image) => [image.sha256, image]));
  return new Map(
    result.calibration.map(({ sha256, logits }) => {
      const image = facts.get(sha256);
      if (image === undefined) throw new AppError('internal');
      return [sha256, scored(image, logits, temperature).p2];
    }),
  );
}
