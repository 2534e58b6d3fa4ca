/** One point of a ROC curve: shares of the negatives and of the positives at or above a threshold. */
export type RocPoint = readonly [falsePositiveShare: number, sensitivity: number];

/** From (0, 0) to (1, 1) over all thresholds; equal scores are one step. Empty where a class is missing. */
export function rocPoints(scores: readonly number[], positive: readonly boolean[]): RocPoint[] {
  const order = scores.map((_, index) => index).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0));
  const positives = positive.filter(Boolean).length;
  const negatives = positive.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const points: RocPoint[] = [[0, 0]];
  let [caught, alarmed] = [0, 0];
  for (const [place, index] of order.entries()) {
    if (positive[index] === true) caught += 1;
    else alarmed += 1;
    const next = order[place + 1];
    if (next !== undefined && scores[next] === scores[index]) continue;
    points.push([alarmed / negatives, caught / positives]);
  }
  return points;
}
