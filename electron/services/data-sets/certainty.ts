import type { FreezableLabel } from '../../db/queries/labels';
import { type Grade, GRADES } from '../../shared/domain/reading';
import { dawidSkene, type Rating } from '../../shared/statistics/dawid-skene';

/** Fewer photographs with several readings than this say nothing about a reader. */
const LEAST_IMAGES = 50;
/** Pseudo-counts on every reader's diagonal, so that a few readings do not make a reader infallible or useless. */
const SMOOTHING = 2;
/** A label that two doctors gave is never worth less than this, whatever a small table says of them. */
const LEAST_CERTAINTY = 0.5;

/**
 * How sure each label is: 1 where a senior decided; else the probability of the agreed grade when each reader counts as their errors tell
 * (Dawid and Skene), once there are enough readings to tell.
 */
export function labelCertainties(
  labels: readonly FreezableLabel[],
  ratings: readonly { imageId: string; readerId: string; grade: Grade }[],
): Map<string, number> {
  const images = indexOf(ratings.map((rating) => rating.imageId));
  const readers = indexOf(ratings.map((rating) => rating.readerId));
  const counts = new Map<string, number>();
  for (const { imageId } of ratings) counts.set(imageId, (counts.get(imageId) ?? 0) + 1);
  const several = [...counts.values()].filter((count) => count > 1).length;
  const posterior =
    several < LEAST_IMAGES
      ? null
      : dawidSkene(
          ratings.map((rating): Rating => ({
            image: images.get(rating.imageId) ?? 0,
            reader: readers.get(rating.readerId) ?? 0,
            label: rating.grade,
          })),
          { images: images.size, readers: readers.size, classes: GRADES.length, smoothing: SMOOTHING },
        ).posterior;
  return new Map(
    labels.map((label) => {
      const index = images.get(label.imageId);
      const probability = index === undefined || label.grade === null ? undefined : posterior?.[index]?.[label.grade];
      const sure = label.method === 'adjudicated' || probability === undefined ? 1 : Math.max(LEAST_CERTAINTY, probability);
      return [label.imageId, Math.min(1, Number(sure.toFixed(4)))];
    }),
  );
}

function indexOf(ids: readonly string[]): Map<string, number> {
  return new Map([...new Set(ids)].map((id, index) => [id, index]));
}
