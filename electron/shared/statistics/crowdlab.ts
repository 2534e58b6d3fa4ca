import type { Ratings } from './agreement';

export interface Crowdlab {
  /** How much each reader counts, and the model beside them. */
  readerWeights: number[];
  modelWeight: number;
  /** Probability that a reader says the consensus, over images with more than one rating. */
  agreementShare: number;
  /** For each image the probability of each class, readers and model together. */
  posterior: number[][];
}

const LEAST = 1e-6;

/**
 * CROWDLAB (Goh, Tkachenko and Mueller 2022): weighs several readers and a model by how often they are right where it can be checked.
 *
 * @param images ratings, one entry a reader, null where there is none
 * @param consensus class of each image
 * @param probabilities the model's, for each image: OUT OF FOLD, else the model vouches for the labels it learnt by heart
 */
export function crowdlab(
  images: readonly Ratings[],
  consensus: readonly number[],
  probabilities: readonly (readonly number[])[],
): Crowdlab {
  const classes = probabilities[0]?.length ?? 0;
  const readers = images[0]?.length ?? 0;
  const counts = images.map((ratings) => ratings.filter((rating) => rating !== null).length);
  const several = images.map((_, index) => index).filter((index) => (counts[index] ?? 0) > 1);
  const agreeing = (index: number): number => (images[index] ?? []).filter((rating) => rating === consensus[index]).length;
  const share = mean(several.map((index) => agreeing(index) / (counts[index] ?? 1))) ?? 1;
  const elsewhere = (1 - share) / (classes - 1);
  // The error of always guessing the commonest consensus.
  const commonest = Math.max(
    ...Array.from({ length: classes }, (_, label) => several.filter((index) => consensus[index] === label).length),
  );
  const guessing = several.length === 0 ? 1 : Math.max(LEAST, 1 - commonest / several.length);
  const readerWeights = Array.from({ length: readers }, (_, reader) => {
    let [same, others] = [0, 0];
    for (const index of several) {
      const own = images[index]?.[reader] ?? null;
      if (own === null) continue;
      images[index]?.forEach((rating, other) => {
        if (other === reader || rating === null) return;
        others += 1;
        if (rating === own) same += 1;
      });
    }
    return others === 0 ? LEAST : Math.max(LEAST, 1 - (1 - same / others) / guessing);
  });
  const modelErrors = several.filter((index) => largest(probabilities[index] ?? []) !== consensus[index]).length;
  const modelError = several.length === 0 ? 1 : modelErrors / several.length;
  const modelWeight = Math.max(LEAST, 1 - modelError / guessing) * Math.sqrt(mean(counts) ?? 1);
  const posterior = images.map((ratings, index) => {
    const total =
      modelWeight + ratings.reduce<number>((sum, rating, reader) => sum + (rating === null ? 0 : (readerWeights[reader] ?? 0)), 0);
    return Array.from({ length: classes }, (_, label) => {
      const said = ratings.reduce<number>(
        (sum, rating, reader) => (rating === null ? sum : sum + (readerWeights[reader] ?? 0) * (rating === label ? share : elsewhere)),
        0,
      );
      return (modelWeight * (probabilities[index]?.[label] ?? 0) + said) / total;
    });
  });
  return { readerWeights, modelWeight, agreementShare: share, posterior };
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function largest(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}
