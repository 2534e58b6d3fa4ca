import type { Recipe } from '../../shared/domain/recipe';
import { Random, seedOfHash } from './random';

/** A labelled photograph as training sees it. */
export interface TrainingImage {
  sha256: string;
  source: string;
  /** ICDR 0..4; null where only referable or not is known. */
  grade: number | null;
  /** Grade >= 2, or what the list says instead. */
  referable: boolean;
  /** Certainty of the label, 0..1: its weight in the loss. */
  certainty: number;
}

export interface Draw<T extends TrainingImage> {
  image: T;
  /** Parts of the seed of its view. */
  seed: readonly number[];
}

interface Bin<T> {
  weight: number;
  images: T[];
}

/**
 * Draws with replacement, by source and class: a source's weight from the recipe, then referable or not by its positive share.
 * A class with few images gives up draws beyond `maxRepeats` an image to the other class of its source.
 */
export class Sampler<T extends TrainingImage> {
  readonly #bins: Bin<T>[] = [];
  readonly #total: number;
  readonly #recipe: Recipe;
  readonly #seed: number;

  constructor(images: readonly T[], recipe: Recipe, seed: number) {
    this.#recipe = recipe;
    this.#seed = seed;
    const sorted = [...images].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
    if (recipe.sampling.draw === 'natural') this.#bins.push({ weight: 1, images: sorted });
    else if (recipe.sampling.draw === 'balanced') {
      for (const referable of [true, false])
        this.#bins.push({ weight: 0.5, images: sorted.filter((image) => image.referable === referable) });
    } else this.#bins.push(...bySourceAndClass(sorted, recipe));
    this.#total = this.#bins.reduce((total, bin) => total + bin.weight, 0);
  }

  /** The draws of an epoch in their order: the same for the same recipe, seed, images and epoch. */
  draws(epoch: number): Draw<T>[] {
    const steps = Math.floor(this.#recipe.drawsPerEpoch / this.#recipe.batchSize);
    return Array.from({ length: steps * this.#recipe.batchSize }, (_, draw) => {
      const random = new Random(this.#seed, epoch, draw);
      const images = this.#binAt(random.unit() * this.#total).images;
      const image = images[random.below(images.length)] as T;
      return { image, seed: [this.#seed, epoch, draw, seedOfHash(image.sha256)] };
    });
  }

  #binAt(position: number): Bin<T> {
    let left = position;
    for (const bin of this.#bins) {
      left -= bin.weight;
      if (left < 0) return bin;
    }
    return this.#bins[this.#bins.length - 1] as Bin<T>;
  }
}

/** A source's weight from the recipe, then referable or not by its positive share. */
function bySourceAndClass<T extends TrainingImage>(images: readonly T[], recipe: Recipe): Bin<T>[] {
  const bins: Bin<T>[] = [];
  const bySource = new Map<string, T[]>();
  for (const image of images) {
    const of = bySource.get(image.source);
    if (of) of.push(image);
    else bySource.set(image.source, [image]);
  }
  const weights = new Map([...bySource].map(([source, of]) => [source, recipe.sampling.sources[source]?.weight ?? Math.sqrt(of.length)]));
  const sum = [...weights.values()].reduce((total, weight) => total + weight, 0);
  for (const [source, of] of [...bySource].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const weight = (weights.get(source) ?? 0) / sum;
    const positives = of.filter((image) => image.referable);
    const negatives = of.filter((image) => !image.referable);
    const share = positiveShare(positives.length, negatives.length, weight * recipe.drawsPerEpoch, recipe, source);
    if (share > 0) bins.push({ weight: weight * share, images: positives });
    if (share < 1) bins.push({ weight: weight * (1 - share), images: negatives });
  }
  return bins;
}

function positiveShare(positives: number, negatives: number, draws: number, recipe: Recipe, source: string): number {
  if (positives === 0) return 0;
  if (negatives === 0) return 1;
  const { maxRepeats, sources } = recipe.sampling;
  const wanted = sources[source]?.positiveShare ?? recipe.sampling.positiveShare;
  return Math.min(wanted, (positives * maxRepeats) / Math.max(1, draws));
}

/** What a label weighs in the loss by its class, not referable and referable. */
export type ClassWeights = readonly [number, number];

/** Inverse frequency among the draws where the recipe weighs classes: N / (2 n of the class), so that the mean weight is 1; balanced draws weigh 1. */
export function classWeightsOf(images: readonly TrainingImage[], recipe: Recipe): ClassWeights {
  if (recipe.classWeights === undefined || recipe.sampling.draw === 'balanced') return [1, 1];
  const positives = images.filter((image) => image.referable).length;
  return [images.length / (2 * Math.max(1, images.length - positives)), images.length / (2 * Math.max(1, positives))];
}

/** Targets and their weights for the head's outputs; what a label does not say weighs nothing. */
export function targetsOf(image: TrainingImage, recipe: Recipe, classWeights: ClassWeights): { targets: number[]; weights: number[] } {
  const weight = image.certainty * classWeights[image.referable ? 1 : 0];
  const smooth = recipe.labelSmoothing / 2;
  if (recipe.head === 'softmax-2') {
    const positive = image.referable ? 1 - smooth : smooth;
    return { targets: [1 - positive, positive], weights: [weight, weight] };
  }
  const targets: number[] = [];
  const weights: number[] = [];
  for (let output = 0; output < 4; output++) {
    const known = knownTarget(image, output + 1);
    targets.push(known === null ? 0 : known ? 1 - smooth : smooth);
    weights.push(known === null ? 0 : (recipe.outputWeights?.[output] ?? 1) * weight);
  }
  return { targets, weights };
}

/** The recipe's loss of one image: cumulative cross-entropies, or the softmax's. */
export function lossOf(
  logits: readonly number[],
  { targets, weights }: { targets: readonly number[]; weights: readonly number[] },
  recipe: Recipe,
): number {
  const most = Math.max(...logits);
  const logSum = most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
  return logits.reduce((sum, logit, output) => {
    const [target, weight] = [targets[output] ?? 0, weights[output] ?? 0];
    const each =
      recipe.head === 'softmax-2'
        ? target * (logSum - logit)
        : Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit)));
    return sum + weight * each;
  }, 0);
}

/** Whether grade >= threshold; null where the label does not say. Referable overrides the grade at 2 and what follows from it. */
export function knownTarget({ grade, referable }: TrainingImage, threshold: number): boolean | null {
  if (threshold === 2) return referable;
  if (grade !== null && grade >= 2 === referable) return grade >= threshold;
  if (referable) return threshold < 2 ? true : null;
  return threshold > 2 ? false : grade === null ? null : grade >= threshold;
}
