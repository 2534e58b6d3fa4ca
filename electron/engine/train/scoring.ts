import { auc } from '../../shared/statistics/auc';
import type { SourceAuc } from '../../shared/domain/training';
import { Random, seedOfHash } from './random';
import type { TrainingImage } from './sampler';

/** A source's AUC counts from this many images of each class. */
const LEAST_OF_CLASS = 5;

/** AUC of P(grade >= 2) per source, and their mean: a large easy source must not drown a small hard one. */
export function aucBySource(images: readonly TrainingImage[], scores: readonly number[]): { mean: number | null; sources: SourceAuc[] } {
  const names = [...new Set(images.map((image) => image.source))].sort();
  const sources = names.flatMap((source): SourceAuc[] => {
    const of = images.flatMap((image, index) =>
      image.source === source ? [{ positive: image.referable, score: scores[index] ?? 0 }] : [],
    );
    const result = auc(
      of.map((row) => row.score),
      of.map((row) => row.positive),
    );
    if (!result || Math.min(result.positives, result.negatives) < LEAST_OF_CLASS) return [];
    return [{ source, images: of.length, positives: result.positives, auc: result.value }];
  });
  return { mean: sources.length === 0 ? null : sources.reduce((sum, { auc: value }) => sum + value, 0) / sources.length, sources };
}

/** A fixed part of the kept-back images: as evenly over sources and classes as they allow, the same in every epoch and run. */
export function validationPart<T extends TrainingImage>(images: readonly T[], count: number): T[] {
  const groups = new Map<string, T[]>();
  for (const image of [...images].sort((a, b) => seedOfHash(a.sha256) - seedOfHash(b.sha256) || (a.sha256 < b.sha256 ? -1 : 1))) {
    const key = `${image.source}\n${image.referable}`;
    groups.set(key, [...(groups.get(key) ?? []), image]);
  }
  const chosen: T[] = [];
  for (let round = 0; chosen.length < count; round++) {
    const layer = [...groups.keys()].sort().flatMap((key) => groups.get(key)?.[round] ?? []);
    if (layer.length === 0) break;
    chosen.push(...layer.slice(0, count - chosen.length));
  }
  return chosen;
}

/** As many of each class, drawn anew for every epoch; what one class has too few of limits the other. */
export function balancedPart<T extends TrainingImage>(images: readonly T[], count: number, seed: number, epoch: number): T[] {
  const sorted = [...images].sort((a, b) => (a.sha256 < b.sha256 ? -1 : 1));
  const classes = [true, false].map((referable) => sorted.filter((image) => image.referable === referable));
  const each = Math.min(Math.floor(count / 2), ...classes.map((of) => of.length));
  const random = new Random(seed, epoch, 0x76616c);
  return classes.flatMap((of) => {
    const left = [...of];
    return Array.from({ length: each }, () => left.splice(random.below(left.length), 1)[0] as T);
  });
}
