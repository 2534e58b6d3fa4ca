/** A point of a Shewhart control chart. */
export interface ControlledPoint {
  value: number | null;
  /** What is expected; null where too little is known. */
  centre: number | null;
  low: number | null;
  high: number | null;
  /** Outside three standard errors of what is expected. */
  alarm: boolean;
}

/** So many of so many. */
export interface RatePoint {
  count: number;
  of: number;
}

/** Fewer than this in the earlier months or in the month itself, and nothing can be expected of it. */
const LEAST = 20;
/** How far the limits lie from the centre, in standard errors. */
const SIGMAS = 3;

/** A share by month (p chart): every month against all the months before it, so that a slow change shows. */
export function rateChart(points: readonly RatePoint[]): ControlledPoint[] {
  let [count, of] = [0, 0];
  return points.map((point) => {
    const centre = of < LEAST ? null : count / of;
    const error = centre === null || point.of < LEAST ? null : errorOfShare(centre, point.of);
    const value = point.of === 0 ? null : point.count / point.of;
    count += point.count;
    of += point.of;
    return controlled(value, centre, error);
  });
}

/** A share by day (p chart): every day against the mean of all; limits are wide on a day that rests on few. @param points none rests on 0 */
export function dailyRateChart<Point extends RatePoint>(points: readonly Point[]): { mean: number; points: (Point & ControlledPoint)[] } {
  const of = points.reduce((sum, point) => sum + point.of, 0);
  const mean = of === 0 ? 0 : points.reduce((sum, point) => sum + point.count, 0) / of;
  return { mean, points: points.map((point) => ({ ...point, ...controlled(point.count / point.of, mean, errorOfShare(mean, point.of)) })) };
}

/** One month of a measure: how many, their sum and the sum of their squares. */
export interface MeanPoint {
  n: number;
  sum: number;
  squares: number;
}

/** A mean of values 0..1 by month (x-bar chart), with the spread of all the months before. */
export function meanChart(points: readonly MeanPoint[]): ControlledPoint[] {
  let [n, sum, squares] = [0, 0, 0];
  return points.map((point) => {
    const centre = n < LEAST ? null : sum / n;
    const variance = centre === null ? 0 : Math.max(0, squares / n - centre * centre);
    const error = centre === null || point.n < LEAST ? null : Math.sqrt(variance / point.n);
    const value = point.n === 0 ? null : point.sum / point.n;
    n += point.n;
    sum += point.sum;
    squares += point.squares;
    return controlled(value, centre, error);
  });
}

function errorOfShare(share: number, of: number): number {
  return Math.sqrt((share * (1 - share)) / of);
}

function controlled(value: number | null, centre: number | null, error: number | null): ControlledPoint {
  if (centre === null || error === null) return { value, centre, low: null, high: null, alarm: false };
  const [low, high] = [Math.max(0, centre - SIGMAS * error), Math.min(1, centre + SIGMAS * error)];
  return { value, centre, low, high, alarm: value !== null && (value < low - 1e-12 || value > high + 1e-12) };
}
