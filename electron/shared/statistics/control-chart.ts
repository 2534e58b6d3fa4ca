/** One day of a chart of shares: how many of how many. */
export interface CountedDay {
  day: string;
  bad: number;
  all: number;
}

export interface ChartPoint extends CountedDay {
  share: number;
  /** Three standard errors around the mean share of all days, within 0..1. */
  low: number;
  high: number;
  /** Beyond its limits: not explained by chance. */
  out: boolean;
}

/** How far the limits lie from the mean, in standard errors (Shewhart's p chart). */
const SIGMAS = 3;

/** A p chart: limits are wide on a day with few photographs. Days without any are left out. */
export function controlChart(days: readonly CountedDay[]): { mean: number; points: ChartPoint[] } {
  const counted = days.filter((each) => each.all > 0);
  const total = counted.reduce((sum, each) => sum + each.all, 0);
  const mean = total === 0 ? 0 : counted.reduce((sum, each) => sum + each.bad, 0) / total;
  const points = counted.map((each) => {
    const share = each.bad / each.all;
    const error = Math.sqrt((mean * (1 - mean)) / each.all);
    const low = Math.max(0, mean - SIGMAS * error);
    const high = Math.min(1, mean + SIGMAS * error);
    return { ...each, share, low, high, out: share > high || share < low };
  });
  return { mean, points };
}
