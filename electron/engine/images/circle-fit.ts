export interface Point {
  x: number;
  y: number;
}
export interface Circle {
  centreX: number;
  centreY: number;
  radius: number;
}

/** Small deterministic generator (Park and Miller's): the same photograph gives the same circle on every machine. */
function seededRandom(seed: number): () => number {
  let state = seed % 2147483647;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

/** Circle through three points, or null where they lie on a line. */
function circleThrough(a: Point, b: Point, c: Point): Circle | null {
  const bx = b.x - a.x;
  const by = b.y - a.y;
  const cx = c.x - a.x;
  const cy = c.y - a.y;
  const cross = 2 * (bx * cy - by * cx);
  if (Math.abs(cross) < 1e-6) return null;
  const b2 = bx * bx + by * by;
  const c2 = cx * cx + cy * cy;
  const ux = (cy * b2 - by * c2) / cross;
  const uy = (bx * c2 - cx * b2) / cross;
  return { centreX: a.x + ux, centreY: a.y + uy, radius: Math.hypot(ux, uy) };
}

/** Least-squares circle (Kasa: linear, unbiased enough for arcs of a third of the circle and more), or null for fewer than three points. */
export function fitCircle(points: readonly Point[]): Circle | null {
  if (points.length < 3) return null;
  let meanX = 0;
  let meanY = 0;
  for (const point of points) {
    meanX += point.x / points.length;
    meanY += point.y / points.length;
  }
  let xx = 0;
  let yy = 0;
  let xy = 0;
  let xz = 0;
  let yz = 0;
  let zz = 0;
  for (const point of points) {
    const x = point.x - meanX;
    const y = point.y - meanY;
    const z = x * x + y * y;
    xx += x * x;
    yy += y * y;
    xy += x * y;
    xz += x * z;
    yz += y * z;
    zz += z;
  }
  const determinant = 2 * (xx * yy - xy * xy);
  if (Math.abs(determinant) < 1e-9) return null;
  const x = (xz * yy - yz * xy) / determinant;
  const y = (yz * xx - xz * xy) / determinant;
  return { centreX: x + meanX, centreY: y + meanY, radius: Math.sqrt(x * x + y * y + zz / points.length) };
}

export interface RobustFit {
  circle: Circle;
  inliers: Point[];
}

/**
 * The circle that most points lie on, whatever the others do (RANSAC, then least squares on its inliers).
 * @param tolerance distance from the circle, in pixels, up to which a point counts
 * @param accepts refuses circles that cannot be meant, before their points are counted
 */
export function fitCircleRobustly(points: readonly Point[], tolerance: number, accepts: (circle: Circle) => boolean): RobustFit | null {
  if (points.length < 12) return null;
  const random = seededRandom(20161 + points.length);
  const pick = (): Point => points[Math.floor(random() * points.length)] as Point;
  // Counting on a subset is enough to choose between circles; the final fit sees every point.
  const sample = points.filter((_, index) => index % Math.ceil(points.length / 240) === 0);
  let best: Circle | null = null;
  let bestCount = 0;
  for (let round = 0; round < 260; round++) {
    const circle = circleThrough(pick(), pick(), pick());
    if (!circle || !accepts(circle)) continue;
    const count = countNear(sample, circle, tolerance);
    if (count > bestCount) {
      bestCount = count;
      best = circle;
    }
  }
  if (!best) return null;
  let circle = best;
  for (let pass = 0; pass < 4; pass++) {
    const refined = fitCircle(near(points, circle, tolerance));
    if (!refined || !accepts(refined)) break;
    circle = refined;
  }
  return { circle, inliers: near(points, circle, tolerance) };
}

function distanceFrom(circle: Circle, point: Point): number {
  // Not Math.hypot: it guards against overflow that pixels never reach, at several times the cost.
  const dx = point.x - circle.centreX;
  const dy = point.y - circle.centreY;
  return Math.abs(Math.sqrt(dx * dx + dy * dy) - circle.radius);
}

function countNear(points: readonly Point[], circle: Circle, tolerance: number): number {
  let count = 0;
  for (const point of points) if (distanceFrom(circle, point) <= tolerance) count++;
  return count;
}

function near(points: readonly Point[], circle: Circle, tolerance: number): Point[] {
  return points.filter((point) => distanceFrom(circle, point) <= tolerance);
}
