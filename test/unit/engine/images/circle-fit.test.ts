import { describe, expect, test } from 'vitest';
import { fitCircle, fitCircleRobustly, type Point } from '../../../../electron/engine/images/circle-fit';

function arc(fromDegrees: number, toDegrees: number, count: number): Point[] {
  return Array.from({ length: count }, (_, index) => {
    const angle = ((fromDegrees + ((toDegrees - fromDegrees) * index) / count) * Math.PI) / 180;
    return { x: 200 + 150 * Math.cos(angle), y: 140 + 150 * Math.sin(angle) };
  });
}

describe('least squares', () => {
  test('finds the circle that points lie on, also from an arc', () => {
    for (const points of [arc(0, 360, 50), arc(-60, 60, 50)]) {
      const circle = fitCircle(points);
      expect(circle?.centreX).toBeCloseTo(200, 6);
      expect(circle?.centreY).toBeCloseTo(140, 6);
      expect(circle?.radius).toBeCloseTo(150, 6);
    }
  });

  test('has no answer for two points or a line', () => {
    expect(fitCircle(arc(0, 90, 2))).toBeNull();
    expect(fitCircle([0, 1, 2, 3].map((x) => ({ x, y: 2 * x })))).toBeNull();
  });
});

describe('robust fit', () => {
  test('two side arcs are enough when a third of the points lie elsewhere', () => {
    const strays = Array.from({ length: 60 }, (_, index) => ({ x: (index * 37) % 400, y: (index * 61) % 280 }));
    const fit = fitCircleRobustly([...arc(-50, 50, 60), ...arc(130, 230, 60), ...strays], 1.5, () => true);
    expect(fit?.circle.centreX).toBeCloseTo(200, 0);
    expect(fit?.circle.centreY).toBeCloseTo(140, 0);
    expect(fit?.circle.radius).toBeCloseTo(150, 0);
    expect(fit?.inliers.length).toBeGreaterThanOrEqual(120);
  });

  test('gives the same circle every time', () => {
    const points = arc(0, 360, 100).map(({ x, y }, index) => ({ x: x + (index % 3), y }));
    expect(fitCircleRobustly(points, 2, () => true)).toEqual(fitCircleRobustly(points, 2, () => true));
  });

  test('circles that cannot be meant are not considered', () => {
    expect(fitCircleRobustly(arc(0, 360, 50), 1, ({ radius }) => radius < 100)).toBeNull();
  });
});
