import { fitCircleRobustly, type Circle, type Point } from './circle-fit';
import { shrinkByBox, type RgbImage } from './rgb-image';

/** The circle is fitted on a copy of about this longer side: borders are sharper there than noise, and it costs a few milliseconds. */
const SEARCH_LONG_SIDE_PX = 400;
/** Background + this share of the way to the foreground: dim rims need the low ones, hazy backgrounds the high ones. */
const THRESHOLD_SHARES = [0.06, 0.12, 0.2, 0.32];
/** Share of the visible rim, in sectors of 5 degrees, that must lie on the circle. */
const ENOUGH_SUPPORT = 0.4;
/** A circle this well supported is taken without trying whether the picture was squeezed. */
const GOOD_SUPPORT = 0.85;
/** The same for the share of edge points: a notch or a shadow costs less, a side that does not fit costs more. */
const GOOD_AGREEMENT = 0.7;
/** Every channel of every corner at least this bright: paper or a window, not a photograph of an eye. */
const LIGHT_PAGE_LEVEL = 200;
/** The darkest corner of 11,211 photographs is below 40: brighter corners mean that no camera's mask is in the picture, and no rim. */
const BRIGHTEST_MASK = 60;
/** Widths by which programs that resize to a square squeezed photographs (3:2 gives 1.5); found in public data, seen in the field. */
const STRETCHES = [0.88, 0.92, 0.96, 1.04, 1.08, 1.12, 1.16, 1.2, 1.25, 1.3, 1.35, 1.4, 1.45, 1.5, 1.55];

export interface RetinaFinding {
  /** In pixels of the image given; pixel (0, 0) covers 0..1. The true circle of the retina, also where the frame cuts it. */
  circle: Circle;
  /** 1, or by how much x must be stretched about the centre to make the rim round: then `radius` is the vertical one. */
  stretch: number;
  /** `boundary`: the rim was seen. `frame`: no rim in sight, the circle around the frame stands in for it. */
  source: 'boundary' | 'frame';
  /** Share of the rim inside the frame that was found as an edge, 0..1. */
  support: number;
  /** Share of all edge points that lie on the circle, 0..1: low where it follows one side of the retina only. */
  agreement: number;
  /** Share of the rim that lies inside the frame, 0..1. */
  visibleRim: number;
  /** Share of the circle's area that lies inside the frame, 0..1. */
  areaInFrame: number;
  /** Bright area outside the circle as a share of the circle's area. */
  spill: number;
  /** Brightness (max of R, G, B; 0..255) taken as background, and as edge. */
  background: number;
  threshold: number;
}

/**
 * Finds the retina by its own boundary: edge points seen from all four sides of the frame, then the circle most of them lie on.
 * Points where the frame itself cuts the retina are no boundary and are left out; notch, date stamp and shadows are outvoted.
 * @returns null for a frame without anything brighter than its background (a black picture), and for a page.
 */
export function findRetina(image: RgbImage): RetinaFinding | null {
  const factor = Math.max(1, Math.floor(Math.max(image.width, image.height) / SEARCH_LONG_SIDE_PX));
  const small = shrinkByBox(image, factor);
  if (isLightPage(small)) return null;
  const brightness = brightnessOf(small);
  const background = backgroundLevel(brightness);
  if (background > BRIGHTEST_MASK) return scaled(wholeFrame(brightness, background), factor);
  const foreground = percentile(brightness.values, 0.7);
  if (percentile(brightness.values, 0.97) - background < 8) return null;
  let best: RetinaFinding | null = null;
  for (const share of THRESHOLD_SHARES) {
    const threshold = background + Math.max(5, share * Math.max(20, foreground - background));
    const finding = findAtThreshold(brightness, background, threshold, 1);
    if (finding && (!best || rank(finding) > rank(best))) best = finding;
    if (best && best.support > 0.93 && best.spill < 0.01) break;
  }
  if (best && (best.support < GOOD_SUPPORT || best.agreement < GOOD_AGREEMENT)) best = tryStretches(brightness, best);
  const finding = best && best.support >= ENOUGH_SUPPORT ? best : wholeFrame(brightness, background);
  return scaled(finding, factor);
}

interface Brightness {
  width: number;
  height: number;
  values: Uint8Array;
}

/** Max of the channels, median-like smoothed by the shrinking before it: a red retina is as bright as a white one. */
function brightnessOf(image: RgbImage): Brightness {
  const values = new Uint8Array(image.width * image.height);
  for (let pixel = 0, at = 0; pixel < values.length; pixel++, at += 3) {
    values[pixel] = Math.max(image.data[at] as number, image.data[at + 1] as number, image.data[at + 2] as number);
  }
  return { width: image.width, height: image.height, values };
}

/** All four corners nearly white: a page, a screen or a drawing. No camera's mask and no retina looks like that. */
function isLightPage({ width, height, data }: RgbImage): boolean {
  const side = Math.max(2, Math.round(Math.min(width, height) * 0.012));
  const isLight = (left: number, top: number): boolean => {
    for (let y = top; y < top + side; y++) {
      for (let at = (y * width + left) * 3, end = at + side * 3; at < end; at++) if ((data[at] as number) < LIGHT_PAGE_LEVEL) return false;
    }
    return true;
  };
  return [0, width - side].every((left) => [0, height - side].every((top) => isLight(left, top)));
}

function percentile(values: Uint8Array, share: number): number {
  const histogram = new Uint32Array(256);
  for (const value of values) histogram[value] = (histogram[value] as number) + 1;
  let left = share * values.length;
  for (let level = 0; level < 256; level++) {
    left -= histogram[level] as number;
    if (left <= 0) return level;
  }
  return 255;
}

/** The darkest corner: at least one of them shows the camera's mask wherever a rim is visible at all. */
function backgroundLevel({ width, height, values }: Brightness): number {
  const side = Math.max(2, Math.round(Math.min(width, height) * 0.012));
  const corners = [0, width - side].flatMap((left) => [0, height - side].map((top) => ({ left, top })));
  const means = corners.map(({ left, top }) => {
    let sum = 0;
    for (let y = top; y < top + side; y++) for (let x = left; x < left + side; x++) sum += values[y * width + x] as number;
    return sum / (side * side);
  });
  return Math.min(...means);
}

/** A squeezed retina is an ellipse: round again after the right stretch, which must then fit clearly better. */
function tryStretches(brightness: Brightness, unstretched: RetinaFinding): RetinaFinding {
  let best = unstretched;
  let bestRank = rank(unstretched) + 0.05;
  for (const stretch of STRETCHES) {
    const finding = findAtThreshold(brightness, unstretched.background, unstretched.threshold, stretch);
    if (!finding || rank(finding) <= bestRank) continue;
    best = finding;
    bestRank = rank(finding);
  }
  return best;
}

function findAtThreshold(brightness: Brightness, background: number, threshold: number, stretch: number): RetinaFinding | null {
  const { width, height } = brightness;
  const points = edgePoints(brightness, threshold);
  if (stretch !== 1) for (const point of points) point.x *= stretch;
  const shortSide = Math.min(width, height);
  const fit = fitCircleRobustly(points, Math.max(1.2, shortSide * 0.006), (circle) => isPlausible(circle, width * stretch, height));
  if (!fit) return null;
  const { visible, supported } = rimSectors(fit.circle, fit.inliers, width * stretch, height);
  const circle = { ...fit.circle, centreX: fit.circle.centreX / stretch };
  return {
    circle,
    stretch,
    source: 'boundary',
    support: visible === 0 ? 0 : supported / visible,
    agreement: fit.inliers.length / points.length,
    visibleRim: visible / SECTORS,
    background,
    threshold,
    ...areas(brightness, circle, stretch, threshold),
  };
}

function isPlausible({ centreX, centreY, radius }: Circle, width: number, height: number): boolean {
  const offCentre = Math.hypot(centreX - width / 2, centreY - height / 2);
  return (
    radius >= 0.25 * Math.min(width, height) &&
    radius <= 0.62 * Math.hypot(width, height) &&
    offCentre <= 0.25 * Math.max(width, height) &&
    radius - offCentre > 0.2 * Math.min(width, height)
  );
}

/** First and last bright pixel of every row and column, to a fraction of a pixel; those at the frame itself are left out. */
function edgePoints(brightness: Brightness, threshold: number): Point[] {
  const { width, height } = brightness;
  const points: Point[] = [];
  for (let y = 0; y < height; y++) {
    addCrossing(points, brightness, threshold, y * width, 1, width, (at) => ({ x: at, y: y + 0.5 }));
    addCrossing(points, brightness, threshold, y * width + width - 1, -1, width, (at) => ({ x: width - at, y: y + 0.5 }));
  }
  for (let x = 0; x < width; x++) {
    addCrossing(points, brightness, threshold, x, width, height, (at) => ({ x: x + 0.5, y: at }));
    addCrossing(points, brightness, threshold, (height - 1) * width + x, -width, height, (at) => ({ x: x + 0.5, y: height - at }));
  }
  return points;
}

/** Walks inwards to the first three bright pixels in a row; a lone bright pixel is noise. */
function addCrossing(
  points: Point[],
  { values }: Brightness,
  threshold: number,
  start: number,
  step: number,
  count: number,
  toPoint: (distance: number) => Point,
): void {
  let run = 0;
  for (let index = 0, at = start; index < count; index++, at += step) {
    run = (values[at] as number) > threshold ? run + 1 : 0;
    if (run < 3) continue;
    const first = index - 2;
    if (first < 2) return;
    const inside = values[start + first * step] as number;
    const outside = values[start + (first - 1) * step] as number;
    const fraction = inside > outside ? (threshold - outside) / (inside - outside) : 0;
    // Pixel centres: the crossing lies between the centre of the pixel before and that of the first bright one.
    points.push(toPoint(first - 0.5 + Math.min(1, Math.max(0, fraction))));
    return;
  }
}

const SECTORS = 72;

function rimSectors(circle: Circle, inliers: readonly Point[], width: number, height: number): { visible: number; supported: number } {
  const hits = new Uint16Array(SECTORS);
  for (const point of inliers) {
    const turn = Math.atan2(point.y - circle.centreY, point.x - circle.centreX) / (2 * Math.PI) + 1;
    const sector = Math.floor(turn * SECTORS) % SECTORS;
    hits[sector] = (hits[sector] as number) + 1;
  }
  let visible = 0;
  let supported = 0;
  for (let sector = 0; sector < SECTORS; sector++) {
    const angle = ((sector + 0.5) / SECTORS) * 2 * Math.PI;
    const x = circle.centreX + circle.radius * Math.cos(angle);
    const y = circle.centreY + circle.radius * Math.sin(angle);
    // A rim that grazes the frame cannot be told from the cut: such sectors are neither for nor against.
    const margin = 2.5;
    if (x < margin || y < margin || x > width - margin || y > height - margin) continue;
    visible++;
    if ((hits[sector] as number) > 0) supported++;
  }
  return { visible, supported };
}

function areas(
  { width, height, values }: Brightness,
  circle: Circle,
  stretch: number,
  threshold: number,
): { areaInFrame: number; spill: number } {
  const radius2 = circle.radius ** 2;
  const outer2 = (circle.radius * 1.03) ** 2;
  let inFrame = 0;
  let spilt = 0;
  for (let y = 0; y < height; y++) {
    const dy2 = (y + 0.5 - circle.centreY) ** 2;
    for (let x = 0; x < width; x++) {
      const distance2 = dy2 + ((x + 0.5 - circle.centreX) * stretch) ** 2;
      if (distance2 <= radius2) inFrame++;
      else if (distance2 > outer2 && (values[y * width + x] as number) > threshold) spilt++;
    }
  }
  const area = (Math.PI * radius2) / stretch;
  return { areaInFrame: Math.min(1, inFrame / area), spill: spilt / area };
}

/** A rim on many sectors outranks a perfect but tiny one; brightness beyond the circle means that it is too small. */
function rank(finding: RetinaFinding): number {
  return finding.support * (0.6 + 0.4 * Math.min(1, finding.visibleRim * 2)) + 0.3 * finding.agreement - Math.min(0.5, finding.spill * 1.5);
}

function wholeFrame(brightness: Brightness, background: number): RetinaFinding {
  const { width, height } = brightness;
  const radius = Math.max(Math.min(width, height) * 0.6, Math.max(width, height) / 2);
  const circle = { centreX: width / 2, centreY: height / 2, radius };
  const unseen = { support: 0, agreement: 0, visibleRim: 0, background, threshold: background };
  return { circle, stretch: 1, source: 'frame', ...unseen, ...areas(brightness, circle, 1, background) };
}

function scaled(finding: RetinaFinding, factor: number): RetinaFinding {
  const { centreX, centreY, radius } = finding.circle;
  return { ...finding, circle: { centreX: centreX * factor, centreY: centreY * factor, radius: radius * factor } };
}
