export function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

export interface ReliabilityBin {
  low: number;
  high: number;
  count: number;
  /** Mean probability and share of positives in the bin; 0 where it is empty. */
  meanProbability: number;
  positiveShare: number;
}

/** Equal-width bins of the probability of the positive class; the last one includes 1. */
export function reliability(probabilities: readonly number[], positive: readonly boolean[], bins = 10): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ count: 0, probability: 0, positives: 0 }));
  for (const [index, probability] of probabilities.entries()) {
    const bin = sums[Math.min(bins - 1, Math.floor(probability * bins))];
    if (!bin) continue;
    bin.count += 1;
    bin.probability += probability;
    bin.positives += positive[index] ? 1 : 0;
  }
  return sums.map(({ count, probability, positives }, index) => ({
    low: index / bins,
    high: (index + 1) / bins,
    count,
    meanProbability: count === 0 ? 0 : probability / count,
    positiveShare: count === 0 ? 0 : positives / count,
  }));
}

/** Expected calibration error: the mean gap between probability and outcome over the bins, weighted by their images. */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  return total === 0 ? 0 : bins.reduce((sum, bin) => sum + bin.count * Math.abs(bin.meanProbability - bin.positiveShare), 0) / total;
}

export function brier(probabilities: readonly number[], positive: readonly boolean[]): number {
  return probabilities.reduce((sum, probability, index) => sum + (probability - (positive[index] ? 1 : 0)) ** 2, 0) / probabilities.length;
}

/** Mean negative log likelihood of logits divided by a temperature. */
export function logLoss(logits: readonly number[], positive: readonly boolean[], temperature = 1): number {
  let sum = 0;
  for (const [index, logit] of logits.entries()) {
    const margin = ((positive[index] ? 1 : -1) * logit) / temperature;
    // log(1 + e^-margin) without overflow
    sum += margin > 0 ? Math.log1p(Math.exp(-margin)) : -margin + Math.log1p(Math.exp(margin));
  }
  return sum / logits.length;
}

export const LEAST_TEMPERATURE = 0.25;
export const MOST_TEMPERATURE = 4;

/** The temperature that makes the logits likeliest, within 0.25 .. 4 (Guo et al. 2017); golden section on its logarithm. */
export function likeliestTemperature(logits: readonly number[], positive: readonly boolean[]): number {
  const ratio = (Math.sqrt(5) - 1) / 2;
  const loss = (log: number): number => logLoss(logits, positive, Math.exp(log));
  let [low, high] = [Math.log(LEAST_TEMPERATURE), Math.log(MOST_TEMPERATURE)];
  for (let round = 0; round < 80; round++) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (loss(left) < loss(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}

/**
 * The temperature to ship: the likeliest one, or 1 where the gain is not significant (likelihood ratio below 3.84, one degree of
 * freedom): on few or noisy labels temperature scaling makes calibration worse.
 */
export function fitTemperature(logits: readonly number[], positive: readonly boolean[]): number {
  const temperature = likeliestTemperature(logits, positive);
  const gain = 2 * logits.length * (logLoss(logits, positive) - logLoss(logits, positive, temperature));
  return gain > 3.84 ? temperature : 1;
}

/**
 * What to add to every logit so that the mean probability is the share of positives: training draws classes evenly, the clinic does not.
 * Order and AUC stay as they are. 0 where one class is empty.
 */
export function interceptFor(logits: readonly number[], positive: readonly boolean[]): number {
  const positives = positive.filter(Boolean).length;
  if (positives === 0 || positives === positive.length) return 0;
  let [low, high] = [-20, 20];
  for (let halving = 0; halving < 60; halving++) {
    const middle = (low + high) / 2;
    if (logits.reduce((sum, logit) => sum + sigmoid(logit + middle), 0) < positives) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
