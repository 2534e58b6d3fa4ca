import { expect, test } from 'vitest';
import { controlChart } from '../../../../electron/shared/statistics/control-chart';

test('a day far beyond what chance explains is outside the limits, which are wide where few were photographed', () => {
  const usual = Array.from({ length: 9 }, (_, index) => ({ day: `2026-01-0${index + 1}`, bad: 5, all: 50 }));
  const { mean, points } = controlChart([...usual, { day: '2026-01-10', bad: 30, all: 50 }, { day: '2026-01-11', bad: 2, all: 4 }]);
  expect(mean).toBeCloseTo(77 / 504, 10);
  expect(points.filter(({ out }) => out).map(({ day }) => day)).toEqual(['2026-01-10']);
  // By hand: mean 0.152778, standard error of 50 is 0.050880.
  expect(points[0]?.high).toBeCloseTo(0.152778 + 3 * 0.05088, 4);
  expect(points.at(-1)?.low).toBe(0);
});

test('a day without photographs is no point, and no photographs at all are no chart', () => {
  expect(controlChart([{ day: '2026-01-01', bad: 0, all: 0 }])).toEqual({ mean: 0, points: [] });
});
