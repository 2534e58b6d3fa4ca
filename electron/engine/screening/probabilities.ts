import type { Head } from '../../shared/domain/card';
import type { GradeProbabilities } from '../../shared/domain/screening';

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/**
 * Calibrated P(grade >= 1..4) of one image.
 *
 * cumulative-4: each output has its own weights, so the reported probability is the running minimum: never more likely at
 * least moderate than at least mild. softmax-2: only P(grade >= 2) is known; the others are NaN.
 *
 * @param logits raw outputs of the head for this image
 * @param temperature logits are divided by it
 */
export function gradeProbabilities(head: Head, logits: ArrayLike<number>, temperature: number): GradeProbabilities {
  if (head === 'softmax-2') return [NaN, sigmoid(((logits[1] ?? NaN) - (logits[0] ?? NaN)) / temperature), NaN, NaN];
  let lowest = 1;
  const next = (index: number): number => {
    lowest = Math.min(lowest, sigmoid((logits[index] ?? NaN) / temperature));
    return lowest;
  };
  return [next(0), next(1), next(2), next(3)];
}

/** Weight of each output in the log-odds of grade >= 2: whose evidence the heat map shows. */
export const REFERABLE_DIRECTION: Readonly<Record<Head, readonly number[]>> = { 'cumulative-4': [0, 1, 0, 0], 'softmax-2': [-1, 1] };
