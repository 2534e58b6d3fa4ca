import { seededRandom } from './random';
import type { Interval } from './intervals';

export interface Bootstrap extends Interval {
  /** Rounds that had a value: on a small set some resamples have none. */
  rounds: number;
}

/**
 * 95 % percentile interval of a statistic, resampling whole patients: the images of a patient resemble each other, and readers err on the
 * same person together.
 *
 * @param patients the items of each patient
 * @param statistic null where it has no value
 * @returns null where fewer than half of the rounds have a value, or with fewer than two patients
 */
export function bootstrapByPatient<T>(
  patients: readonly (readonly T[])[],
  statistic: (items: readonly T[]) => number | null,
  { rounds, seed }: { rounds: number; seed: number },
): Bootstrap | null {
  if (patients.length < 2) return null;
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const items: T[] = [];
    for (let draw = 0; draw < patients.length; draw++) {
      for (const item of patients[Math.floor(random() * patients.length)] ?? []) items.push(item);
    }
    const value = statistic(items);
    if (value !== null) values.push(value);
  }
  if (values.length * 2 < rounds) return null;
  values.sort((a, b) => a - b);
  return { low: quantile(values, 0.025), high: quantile(values, 0.975), rounds: values.length };
}

/** Linear between the two neighbours, as R's type 7. @param sorted ascending, not empty */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const [low, high] = [sorted[below] ?? 0, sorted[Math.min(sorted.length - 1, below + 1)] ?? 0];
  return low + (high - low) * (place - below);
}
