/** One month of a rate. */
export interface RatePoint {
  count: number;
  of: number;
}

export interface ControlledPoint {
  value: number | null;
  /** Of all earlier months together; null for the first. */
  centre: number | null;
  low: number | null;
  high: number | null;
  /** Outside three standard errors of what the earlier months lead one to expect. */
  alarm: boolean;
}

/** Fewer than this in the earlier months or in the month itself, and nothing can be expected of it. */
const LEAST = 20;
const SIGMAS = 3;

/** Shewhart's chart for a share (p-chart): every month against all the months before it. */
export function rateChart(points: readonly RatePoint[]): ControlledPoint[] {
  let [count, of] = [0, 0];
  return points.map((point) => {
    const centre = of < LEAST ? null : count / of;
    const reach = centre === null || point.of < LEAST ? null : SIGMAS * Math.sqrt((centre * (1 - centre)) / point.of);
    const value = point.of === 0 ? null : point.count / point.of;
    count += point.count;
    of += point.of;
    return controlled(value, centre, reach, 1);
  });
}

/** One month of a measure: how many, their sum and the sum of their squares. */
export interface MeanPoint {
  n: number;
  sum: number;
  squares: number;
}

/** The same for a mean (x-bar chart), with the spread of all the months before. */
export function meanChart(points: readonly MeanPoint[]): ControlledPoint[] {
  let [n, sum, squares] = [0, 0, 0];
  return points.map((point) => {
    const centre = n < LEAST ? null : sum / n;
    const variance = centre === null ? 0 : Math.max(0, squares / n - centre * centre);
    const reach = centre === null || point.n < LEAST ? null : SIGMAS * Math.sqrt(variance / point.n);
    const value = point.n === 0 ? null : point.sum / point.n;
    n += point.n;
    sum += point.sum;
    squares += point.squares;
    return controlled(value, centre, reach, 1);
  });
}

function controlled(value: number | null, centre: number | null, reach: number | null, most: number): ControlledPoint {
  if (centre === null || reach === null) return { value, centre, low: null, high: null, alarm: false };
  const [low, high] = [Math.max(0, centre - reach), Math.min(most, centre + reach)];
  return { value, centre, low, high, alarm: value !== null && (value < low - 1e-12 || value > high + 1e-12) };
}
