import { clopperPearson, wilson, type Interval } from './intervals';

export interface Rate {
  value: number;
  of: number;
  wilson: Interval;
  clopperPearson: Interval;
}

export interface AtThreshold {
  threshold: number;
  /** null where there is nobody to measure it on. */
  sensitivity: Rate | null;
  specificity: Rate | null;
  truePositives: number;
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
}

/** Positive is at or above the threshold. */
export function atThreshold(scores: readonly number[], positive: readonly boolean[], threshold: number): AtThreshold {
  let [truePositives, falsePositives, trueNegatives, falseNegatives] = [0, 0, 0, 0];
  for (const [index, score] of scores.entries()) {
    const called = score >= threshold;
    if (positive[index]) {
      if (called) truePositives++;
      else falseNegatives++;
    } else if (called) falsePositives++;
    else trueNegatives++;
  }
  return {
    threshold,
    sensitivity: rate(truePositives, truePositives + falseNegatives),
    specificity: rate(trueNegatives, trueNegatives + falsePositives),
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
  };
}

function rate(k: number, n: number): Rate | null {
  return n === 0 ? null : { value: k / n, of: n, wilson: wilson(k, n), clopperPearson: clopperPearson(k, n) };
}

/** The highest threshold that still catches this share of the positives; 0 without positives. */
export function thresholdForSensitivity(scores: readonly number[], positive: readonly boolean[], sensitivity: number): number {
  const caught = scores.filter((_, index) => positive[index]).sort((a, b) => b - a);
  if (caught.length === 0) return 0;
  return caught[Math.max(0, Math.ceil(sensitivity * caught.length - 1e-9) - 1)] ?? 0;
}

/** The lowest threshold among the scores that leaves this share of the negatives below it; 1 where none does. */
export function thresholdForSpecificity(scores: readonly number[], positive: readonly boolean[], specificity: number): number {
  const negatives = scores.filter((_, index) => !positive[index]).sort((a, b) => a - b);
  const highestAllowed = negatives[Math.ceil(specificity * negatives.length - 1e-9) - 1];
  const above = scores.filter((score) => highestAllowed === undefined || score > highestAllowed);
  return above.length === 0 ? 1 : above.reduce((least, score) => Math.min(least, score), 1);
}

export interface AtPrevalence {
  prevalence: number;
  positivePredictive: number | null;
  negativePredictive: number | null;
  referralsPer100: number;
}

/** What a sensitivity and specificity come to among people of whom this share has the disease. */
export function atPrevalence(sensitivity: number, specificity: number, prevalence: number): AtPrevalence {
  const caught = sensitivity * prevalence;
  const alarmed = (1 - specificity) * (1 - prevalence);
  const cleared = specificity * (1 - prevalence);
  const missed = (1 - sensitivity) * prevalence;
  return {
    prevalence,
    positivePredictive: caught + alarmed === 0 ? null : caught / (caught + alarmed),
    negativePredictive: cleared + missed === 0 ? null : cleared / (cleared + missed),
    referralsPer100: 100 * (caught + alarmed),
  };
}
