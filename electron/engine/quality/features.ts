import type { LocatedImage } from '../images/preprocess';
import { halve, Histogram, maskedMean, percentileOf, type Plane } from './planes';
import { measureRounding } from './rounding';

/** Side of the square that the features are taken on; the same as the networks' usual input, so that it is cut once. */
export const QUALITY_SIZE_PX = 384;
/** Rims are bright or ragged in many cameras: features look at 94 % of the radius. */
const LOOKED_AT_RADIUS = 0.94;
const BLOCKS = 5;

/** In the order of the fitted model's weights. */
export const FEATURE_NAMES = [
  'brightness',
  'green5',
  'green50',
  'green95',
  'darkShare',
  'lightShare',
  'blockMin',
  'blockVariation',
  'blockLow',
  'hazeFloor',
  'contrast',
  'contrastLow',
  'fine',
  'fineLow',
  'fineOverCoarse',
  'coarse',
  'coarseLow',
  'coarseMedian',
  'ridge',
  'ridgeLow',
  'ridgeMedian',
  'ridgeHigh',
  'ridgeShare',
  'ridgeEmpty',
  'discPeak',
  'redOverGreen',
  'greenOverBlue',
  'redness',
  'saturation',
  'hueSpread',
  'coolShare',
  'greyShare',
  'areaInFrame',
  'support',
  'visibleRim',
  'agreement',
  'spill',
  'surroundings',
  'roughness',
] as const;
export type FeatureName = (typeof FEATURE_NAMES)[number];
/** The last two are not weighed, only limited: public photographs hold too few that were cropped or compressed beyond use. */
export const LIMITED_NAMES = [...FEATURE_NAMES, 'offCentre', 'rounding'] as const;
export type LimitedName = (typeof LIMITED_NAMES)[number];
export type Features = Record<LimitedName, number>;

/**
 * What a photograph looks like in numbers, for the quality gate (reference: sharpness, illumination, colour, vessel and field measures in use
 * since Dias 2014 and Veiga 2014). All linear in pixels. Values are scaled to be about normal over real photographs.
 * @param square RGB of `QUALITY_SIZE_PX`, as `squareOf` cuts it
 * @returns null where no retina was looked for (a black frame)
 */
export function measureFeatures(located: LocatedImage, square: Uint8Array): Features | null {
  if (!located.retina) return null;
  const mask = lookedAt(located);
  const light = measureLight(square, mask);
  const detail = measureDetail(square, mask);
  const { areaInFrame, support, visibleRim, agreement, spill, background } = located.retina;
  return {
    ...light,
    ...detail,
    areaInFrame,
    support,
    visibleRim,
    agreement,
    spill: Math.log(spill + 1e-4),
    surroundings: Math.log(background + 2),
    offCentre: offCentreOf(located),
    rounding: measureRounding(located),
  };
}

/**
 * Of a retina that had to be made round again: how far the middle of what is shown lies from the middle of the circle, in radii, across or down,
 * whichever is more. A picture squeezed as a whole is cut alike on opposite sides. One of which a side was cut away looks squeezed, too, for half a disc
 * fits an ellipse; then its circle, and the area that follows from it, are not to be trusted.
 */
function offCentreOf({ retina, pixels: { width, height } }: LocatedImage): number {
  if (!retina || retina.stretch === 1) return 0;
  const { centreX, centreY, radius } = retina.circle;
  const off = (centre: number, reach: number, side: number): number => {
    const shownMiddle = (Math.max(0, centre - reach) + Math.min(side, centre + reach)) / 2;
    return Math.abs(shownMiddle - centre) / reach;
  };
  return Math.max(off(centreX, radius / retina.stretch, width), off(centreY, radius, height));
}

/** 1 where the square shows retina: inside the circle and inside the frame. At full size and at half. */
interface Mask {
  full: Plane;
  half: Plane;
}

function lookedAt({ retina, pixels }: LocatedImage): Mask {
  const side = QUALITY_SIZE_PX;
  const values = new Float32Array(side * side);
  if (retina) {
    const { centreX, centreY, radius } = retina.circle;
    const perPixel = (2 * radius) / side;
    const reach2 = ((side / 2) * LOOKED_AT_RADIUS) ** 2;
    const margin = 3 * perPixel;
    for (let y = 0; y < side; y++) {
      const sourceY = centreY - radius + (y + 0.5) * perPixel;
      if (sourceY < margin || sourceY > pixels.height - margin) continue;
      const dy2 = (y + 0.5 - side / 2) ** 2;
      for (let x = 0; x < side; x++) {
        const sourceX = centreX + ((x + 0.5 - side / 2) * perPixel) / retina.stretch;
        if (sourceX < margin || sourceX > pixels.width - margin) continue;
        if (dy2 + (x + 0.5 - side / 2) ** 2 <= reach2) values[y * side + x] = 1;
      }
    }
  }
  const full = { side, values };
  const half = halve(full);
  for (let at = 0; at < half.values.length; at++) half.values[at] = (half.values[at] as number) === 1 ? 1 : 0;
  return { full, half };
}

type LightFeatures = Pick<
  Features,
  | 'brightness'
  | 'green5'
  | 'green50'
  | 'green95'
  | 'darkShare'
  | 'lightShare'
  | 'hazeFloor'
  | 'redOverGreen'
  | 'greenOverBlue'
  | 'redness'
  | 'saturation'
  | 'hueSpread'
  | 'coolShare'
  | 'greyShare'
>;

/** Exposure and colour, on every second pixel and line. */
function measureLight(square: Uint8Array, { full }: Mask): LightFeatures {
  const greens = new Histogram();
  let count = 0;
  let [red, green, blue, most, least, saturated] = [0, 0, 0, 0, 0, 0];
  let [dark, light, cool, grey, hueX, hueY, coloured] = [0, 0, 0, 0, 0, 0, 0];
  for (let y = 0; y < full.side; y += 2) {
    for (let x = 0; x < full.side; x += 2) {
      const at = y * full.side + x;
      if (full.values[at] === 0) continue;
      const r = square[at * 3] as number;
      const g = square[at * 3 + 1] as number;
      const b = square[at * 3 + 2] as number;
      const high = Math.max(r, g, b);
      const low = Math.min(r, g, b);
      greens.add(g);
      count++;
      red += r;
      green += g;
      blue += b;
      most += high;
      least += low;
      if (high < 30) dark++;
      if (g > 235 || (high - low < 12 && high > 225)) light++;
      if (b > r) cool++;
      if (high - low < 0.12 * high + 4) grey++;
      saturated += (high - low) / (high + 8);
      if (high - low > 10) {
        const angle = Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b);
        hueX += Math.cos(angle);
        hueY += Math.sin(angle);
        coloured++;
      }
    }
  }
  count = Math.max(1, count);
  return {
    brightness: most / count,
    green5: greens.percentile(0.05),
    green50: greens.percentile(0.5),
    green95: greens.percentile(0.95),
    darkShare: Math.sqrt(dark / count),
    lightShare: Math.sqrt(light / count),
    hazeFloor: Math.log(least / count + 4),
    redOverGreen: Math.log((red + count) / (green + count)),
    greenOverBlue: Math.log((green + count) / (blue + count)),
    redness: (red - blue) / (most + count),
    saturation: saturated / count,
    hueSpread: coloured === 0 ? 1 : 1 - Math.hypot(hueX, hueY) / coloured,
    coolShare: Math.sqrt(cool / count),
    greyShare: Math.sqrt(grey / count),
  };
}

type DetailFeatures = Omit<
  Features,
  keyof LightFeatures | 'areaInFrame' | 'support' | 'visibleRim' | 'agreement' | 'spill' | 'surroundings' | 'offCentre' | 'rounding'
>;

/** Sharpness, contrast, vessels and evenness, on green: relative to the local mean, so that dim is not yet blurred. */
function measureDetail(square: Uint8Array, mask: Mask): DetailFeatures {
  const green: Plane = { side: QUALITY_SIZE_PX, values: new Float32Array(QUALITY_SIZE_PX * QUALITY_SIZE_PX) };
  for (let at = 0; at < green.values.length; at++) green.values[at] = square[at * 3 + 1] as number;
  const half = halve(green);
  const local = maskedMean(half, mask.half, 9);
  const relative: Plane = { side: half.side, values: new Float32Array(half.values.length) };
  for (let at = 0; at < relative.values.length; at++) {
    const mean = local.values[at] as number;
    relative.values[at] = mask.half.values[at] === 0 ? 0 : ((half.values[at] as number) - mean) / (mean + 12);
  }
  const ridges = ridgesOf(maskedMean(relative, mask.half, 1), mask.half);
  const fine = laplacianOf(green, mask.full, 12);
  const coarse = laplacianOf(half, mask.half, 12);
  const squares: Plane = { side: half.side, values: relative.values.map((value) => value * value) };
  const fineBlocks = blockMeans(fine, mask.full);
  const coarseBlocks = blockMeans(coarse, mask.half);
  const contrastBlocks = blockMeans(squares, mask.half);
  const ridgeBlocks = blockMeans(ridges, mask.half);
  const lightBlocks = blockMeans(half, mask.half);
  const lightMean = meanOf(lightBlocks);
  const fineMean = meanOf(fineBlocks);
  const coarseMean = meanOf(coarseBlocks);
  return {
    blockMin: Math.log((percentileOf(lightBlocks, 0) + 5) / (percentileOf(lightBlocks, 0.99) + 5)),
    blockVariation: Math.log(deviationOf(lightBlocks) / (lightMean + 5) + 0.02),
    blockLow: Math.log(percentileOf(lightBlocks, 0.1) + 5),
    contrast: 0.5 * Math.log(meanOf(contrastBlocks) + 1e-5),
    contrastLow: 0.5 * Math.log(percentileOf(contrastBlocks, 0.25) + 1e-5),
    fine: Math.log(fineMean + 1e-3),
    fineLow: Math.log(percentileOf(fineBlocks, 0.25) + 1e-3),
    fineOverCoarse: Math.log((fineMean + 1e-3) / (coarseMean + 1e-3)),
    coarse: Math.log(coarseMean + 1e-3),
    coarseLow: Math.log(percentileOf(coarseBlocks, 0.25) + 1e-3),
    coarseMedian: Math.log(percentileOf(coarseBlocks, 0.5) + 1e-3),
    ridge: Math.log(meanOf(ridgeBlocks) + 1e-4),
    ridgeLow: Math.log(percentileOf(ridgeBlocks, 0.2) + 1e-4),
    ridgeMedian: Math.log(percentileOf(ridgeBlocks, 0.5) + 1e-4),
    ridgeHigh: Math.log(percentileOf(ridgeBlocks, 0.9) + 1e-4),
    ridgeShare: shareAbove(ridges, mask.half, 0.02),
    ridgeEmpty: shareBelow(ridgeBlocks, 0.0025),
    discPeak: peakOver(maskedMean(half, mask.half, 4), mask.half),
    roughness: Math.log((percentileOf(coarseBlocks, 0.9) + 1e-3) / (percentileOf(coarseBlocks, 0.3) + 1e-3)),
  };
}

/** Absolute four-neighbour Laplacian relative to brightness; 0 where a neighbour lies outside the mask. */
function laplacianOf({ side, values }: Plane, mask: Plane, floor: number): Plane {
  const out = new Float32Array(values.length);
  for (let y = 1; y < side - 1; y++) {
    for (let at = y * side + 1, end = at + side - 2; at < end; at++) {
      if (!wholeCross(mask, at)) continue;
      const centre = values[at] as number;
      const around =
        (values[at - 1] as number) + (values[at + 1] as number) + (values[at - side] as number) + (values[at + side] as number);
      out[at] = Math.abs(4 * centre - around) / (around / 4 + floor);
    }
  }
  return { side, values: out };
}

/** Dark lines: larger eigenvalue of the Hessian where it is positive and outweighs the smaller one. */
function ridgesOf({ side, values }: Plane, mask: Plane): Plane {
  const out = new Float32Array(values.length);
  for (let y = 2; y < side - 2; y++) {
    for (let x = 2; x < side - 2; x++) {
      const at = y * side + x;
      if (!wholeCross(mask, at) || mask.values[at - 2 * side] === 0 || mask.values[at + 2 * side] === 0) continue;
      const centre = 2 * (values[at] as number);
      const xx = (values[at - 2] as number) + (values[at + 2] as number) - centre;
      const yy = (values[at - 2 * side] as number) + (values[at + 2 * side] as number) - centre;
      const diagonal = (values[at - side - 1] as number) + (values[at + side + 1] as number);
      const xy = (diagonal - (values[at - side + 1] as number) - (values[at + side - 1] as number)) * 0.5;
      const mean = (xx + yy) / 2;
      const spread = Math.sqrt(((xx - yy) / 2) ** 2 + xy * xy);
      const ridge = mean + spread - Math.abs(mean - spread);
      if (ridge > 0) out[at] = ridge;
    }
  }
  return { side, values: out };
}

function wholeCross({ side, values }: Plane, at: number): boolean {
  return values[at] === 1 && values[at - 1] === 1 && values[at + 1] === 1 && values[at - side] === 1 && values[at + side] === 1;
}

/** Mean of each block of a grid that is at least 45 % retina. */
function blockMeans({ side, values }: Plane, mask: Plane): Float32Array {
  const sums = new Float64Array(BLOCKS * BLOCKS);
  const counts = new Uint32Array(BLOCKS * BLOCKS);
  for (let y = 0; y < side; y++) {
    const row = Math.floor((y * BLOCKS) / side) * BLOCKS;
    for (let column = 0; column < BLOCKS; column++) {
      let sum = 0;
      let count = 0;
      const end = y * side + Math.ceil(((column + 1) * side) / BLOCKS);
      for (let at = y * side + Math.ceil((column * side) / BLOCKS); at < end; at++) {
        if (mask.values[at] === 0) continue;
        sum += values[at] as number;
        count++;
      }
      sums[row + column] = (sums[row + column] as number) + sum;
      counts[row + column] = (counts[row + column] as number) + count;
    }
  }
  const least = 0.45 * (side / BLOCKS) ** 2;
  const means: number[] = [];
  counts.forEach((count, block) => {
    if (count >= least) means.push((sums[block] as number) / count);
  });
  return Float32Array.from(means);
}

function meanOf(numbers: Float32Array): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}

function deviationOf(numbers: Float32Array): number {
  const mean = meanOf(numbers);
  return Math.sqrt(meanOf(numbers.map((number) => (number - mean) ** 2)));
}

function shareAbove({ values }: Plane, mask: Plane, threshold: number): number {
  let inside = 0;
  let above = 0;
  for (let at = 0; at < values.length; at++) {
    if (mask.values[at] === 0) continue;
    inside++;
    if ((values[at] as number) > threshold) above++;
  }
  return Math.sqrt(above / Math.max(1, inside));
}

function shareBelow(numbers: Float32Array, threshold: number): number {
  return numbers.filter((number) => number < threshold).length / Math.max(1, numbers.length);
}

/** How far the brightest patch of disc size stands out of the median. */
function peakOver({ values }: Plane, mask: Plane): number {
  const inside = new Histogram();
  for (let at = 0; at < values.length; at++) if (mask.values[at] === 1) inside.add(values[at] as number);
  return Math.log((inside.percentile(0.998) + 8) / (inside.percentile(0.5) + 8));
}
