import { Z_95 } from './intervals';

export interface Auc {
  value: number;
  /** DeLong's variance. */
  variance: number;
  /** 95 %, cut to 0..1. */
  low: number;
  high: number;
  positives: number;
  negatives: number;
}

/**
 * Area under the ROC curve with DeLong's interval (DeLong et al. 1988), by midranks (Sun and Xu 2014): n log n.
 * @param scores higher is more positive
 * @returns null where one class is empty
 */
export function auc(scores: readonly number[], positive: readonly boolean[]): Auc | null {
  const parts = components(scores, positive);
  if (!parts) return null;
  const variance = spread(parts.ofPositives) / parts.ofPositives.length + spread(parts.ofNegatives) / parts.ofNegatives.length;
  const reach = Z_95 * Math.sqrt(variance);
  return {
    value: parts.value,
    variance,
    low: Math.max(0, parts.value - reach),
    high: Math.min(1, parts.value + reach),
    positives: parts.ofPositives.length,
    negatives: parts.ofNegatives.length,
  };
}

export interface AucDifference {
  difference: number;
  z: number;
  /** 95 % interval of the difference. */
  low: number;
  high: number;
}

/** DeLong's paired comparison of two scores of the same images. @returns null where one class is empty */
export function compareAucs(first: readonly number[], second: readonly number[], positive: readonly boolean[]): AucDifference | null {
  const [a, b] = [components(first, positive), components(second, positive)];
  if (!a || !b) return null;
  const ofPositives = a.ofPositives.map((value, index) => value - (b.ofPositives[index] as number));
  const ofNegatives = a.ofNegatives.map((value, index) => value - (b.ofNegatives[index] as number));
  const deviation = Math.sqrt(spread(ofPositives) / ofPositives.length + spread(ofNegatives) / ofNegatives.length);
  const difference = a.value - b.value;
  return {
    difference,
    z: deviation === 0 ? 0 : difference / deviation,
    low: difference - Z_95 * deviation,
    high: difference + Z_95 * deviation,
  };
}

/** For each positive the share of negatives below it, for each negative the share of positives above it; ties count half. */
function components(
  scores: readonly number[],
  positive: readonly boolean[],
): { value: number; ofPositives: number[]; ofNegatives: number[] } | null {
  const positives = scores.filter((_, index) => positive[index]);
  const negatives = scores.filter((_, index) => !positive[index]);
  if (positives.length === 0 || negatives.length === 0) return null;
  const among = midranks([...positives, ...negatives]);
  const own = midranks(positives);
  const others = midranks(negatives);
  const ofPositives = positives.map((_, index) => ((among[index] as number) - (own[index] as number)) / negatives.length);
  const ofNegatives = negatives.map(
    (_, index) => 1 - ((among[positives.length + index] as number) - (others[index] as number)) / positives.length,
  );
  return { value: mean(ofPositives), ofPositives, ofNegatives };
}

/** Ranks from 1; equal values share the mean of theirs. */
function midranks(values: readonly number[]): Float64Array {
  const order = values.map((_, index) => index).sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let until = from + 1;
    while (until < order.length && values[order[until] as number] === values[order[from] as number]) until++;
    for (let at = from; at < until; at++) ranks[order[at] as number] = (from + until + 1) / 2;
    from = until;
  }
  return ranks;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample variance; 0 for a single value. */
function spread(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
}
