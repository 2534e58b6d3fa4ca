import { describe, expect, it, test } from 'vitest';
import { dailyRateChart, rateChart } from '../../../../electron/shared/statistics/control-chart';

test('a day far beyond what chance explains is outside the limits, which are wide where few were photographed', () => {
  const usual = Array.from({ length: 9 }, (_, index) => ({ day: `2026-01-0${index + 1}`, count: 5, of: 50 }));
  const { mean, points } = dailyRateChart([...usual, { day: '2026-01-10', count: 30, of: 50 }, { day: '2026-01-11', count: 2, of: 4 }]);
  expect(mean).toBeCloseTo(77 / 504, 10);
  expect(points.filter(({ alarm }) => alarm).map(({ day }) => day)).toEqual(['2026-01-10']);
  // By hand: mean 0.152778, standard error of 50 is 0.050880.
  expect(points[0]?.high).toBeCloseTo(0.152778 + 3 * 0.05088, 4);
  expect(points.at(-1)?.low).toBe(0);
});

test('no photographs at all are no chart', () => {
  expect(dailyRateChart([])).toEqual({ mean: 0, points: [] });
});

describe('monthly limits', () => {
  it('raise the alarm for a month that chance does not explain, and not for the first', () => {
    const chart = rateChart([
      { count: 10, of: 100 },
      { count: 12, of: 110 },
      { count: 9, of: 90 },
      { count: 40, of: 100 },
    ]);
    expect(chart[0]).toMatchObject({ value: 0.1, centre: null, alarm: false });
    expect(chart.map(({ alarm }) => alarm)).toEqual([false, false, false, true]);
    expect(chart[3]?.centre).toBeCloseTo(31 / 300, 10);
    expect(chart[3]?.high).toBeCloseTo(31 / 300 + 3 * Math.sqrt(((31 / 300) * (269 / 300)) / 100), 10);
  });

  it('say nothing of a month with a handful of patients', () => {
    expect(
      rateChart([
        { count: 10, of: 100 },
        { count: 5, of: 5 },
      ])[1],
    ).toMatchObject({ low: null, alarm: false });
  });
});
