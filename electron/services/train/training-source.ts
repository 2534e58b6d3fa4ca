import { dirname } from 'node:path';
import type { Profile } from '../../db/profile/profile';
import type { TrainingImageFacts } from '../../engine/client/training-protocol';
import type { Actor } from '../../shared/domain/codes';
import type { Recipe } from '../../shared/domain/recipe';
import type { TrainingSource } from '../../shared/domain/training';
import { AppError } from '../../shared/errors';
import { datasetSummary } from '../data-sets/summary';
import { trainingImages } from '../data-sets/training-images';
import { countParts, gatherTrainingSet, manifestOf, partOf, readLabelList, type TrainingSet } from './training-set';

/**
 * The photographs of a training, wherever they lie.
 *
 * @throws AppError path-not-found, label-list-invalid, not-found, dataset-consent-withdrawn, cancelled
 */
export async function gatherSource(
  actor: Actor,
  profile: Profile,
  source: TrainingSource,
  recipe: Recipe,
  onFiles: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<TrainingSet> {
  return source.kind === 'list' ? gatherListed(source, recipe, onFiles, signal) : gatherDataset(actor, profile, source.datasetId, recipe);
}

/** @throws AppError path-not-found, label-list-invalid, cancelled */
export async function gatherListed(
  { data, images }: { data: string; images: string | null },
  recipe: Recipe,
  onFiles: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<TrainingSet> {
  const list = await readLabelList(data);
  return gatherTrainingSet(list, images ?? dirname(data), recipe, (done, total) => {
    if (signal.aborted) throw new AppError('cancelled');
    onFiles(done, total);
  });
}

/** The open part of a frozen data set: its locked patients are in no query that this one uses. */
function gatherDataset(actor: Actor, profile: Profile, datasetId: string, recipe: Recipe): TrainingSet {
  const items = trainingImages(actor, profile, datasetId);
  const images = items.flatMap((item): TrainingImageFacts[] => {
    // The network answers for the grade; macular oedema is the doctors' to see.
    const referable = item.grade === null ? item.referable : item.grade >= 2;
    if (!item.gradable || referable === null) return [];
    const own = item.part === 'train' ? ('training' as const) : ('calibration' as const);
    const part = recipe.folds === undefined ? { part: own, fold: 0 } : partOf(item.subject, recipe);
    return [{ sha256: item.imageSha256, source: item.source, grade: item.grade, referable, certainty: item.certainty, ...part }];
  });
  const locked = datasetSummary(actor, profile, datasetId).parts.find(({ part }) => part === 'locked');
  return {
    images,
    read: (sha256) => profile.blobs.get('original', sha256),
    counts: { ...countParts(images), locked: locked?.images ?? 0, unlabelled: items.length - images.length, unreadable: 0, duplicates: 0 },
    unknownColumns: [],
    ...manifestOf(images),
  };
}
