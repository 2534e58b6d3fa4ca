import type { DiscSeen } from '../protocol';
import { QUALITY_SIZE_PX } from './features';
import { boxBlur, maskedMean, type Plane } from './planes';

/** Side of the small square that is searched: a disc is some 12 pixels wide in it. */
const SIDE = 96;
/** Half the width of a disc, small pixels: 0.13 of the retina's radius. */
const DISC_REACH = 4;
const AROUND_REACH = 16;
/** The rim is bright in many photographs and shows no disc. */
const SEARCHED_RADIUS = 0.84;
/** Seen from the macula the disc lies about level with it. */
const LEVEL_SPREAD = 0.33;
/** Weights of brightness and vessels and steepness of the confidence, set by scripts/model/survey-disc.ts (docs/model/disc-side.md). */
const VESSEL_WEIGHT = 6;
const STEEPNESS = 9;

/**
 * The brightest patch of a disc's size against its surroundings, with the vessels that run up and down through it.
 *
 * @param square RGB of `QUALITY_SIZE_PX`, as `squareOf` cuts it
 * @returns null where nothing is bright enough to be looked for
 */
export function locateDisc(square: Uint8Array): DiscSeen | null {
  const { light, shown } = shrunk(square);
  const score = scoreMap(light, shown);
  return best(score, shown);
}

/** Light in blocks of 4 x 4 pixels, and 1 where a whole block shows retina. */
function shrunk(square: Uint8Array): { light: Plane; shown: Plane } {
  const light = { side: SIDE, values: new Float32Array(SIDE * SIDE) };
  const shown = { side: SIDE, values: new Float32Array(SIDE * SIDE) };
  const block = QUALITY_SIZE_PX / SIDE;
  for (let y = 0; y < QUALITY_SIZE_PX; y++) {
    for (let x = 0; x < QUALITY_SIZE_PX; x++) {
      const at = (y * QUALITY_SIZE_PX + x) * 3;
      const red = square[at] as number;
      const green = square[at + 1] as number;
      const small = Math.floor(y / block) * SIDE + Math.floor(x / block);
      light.values[small] = (light.values[small] as number) + (green + 0.3 * red) / block ** 2;
      if (red + green > 12) shown.values[small] = (shown.values[small] as number) + 1;
    }
  }
  for (let at = 0; at < shown.values.length; at++) shown.values[at] = shown.values[at] === block ** 2 ? 1 : 0;
  return { light, shown };
}

function scoreMap(light: Plane, shown: Plane): Float32Array {
  const disc = maskedMean(light, shown, DISC_REACH);
  const around = maskedMean(light, shown, AROUND_REACH);
  const vessels = boxBlur({ side: SIDE, values: uprightVessels(light, shown) }, DISC_REACH).values;
  return disc.values.map(
    (value, at) => (value - (around.values[at] as number)) / ((around.values[at] as number) + 20) + VESSEL_WEIGHT * (vessels[at] as number),
  );
}

/** Dark lines that run up and down: where the great vessels leave the disc. */
function uprightVessels({ values }: Plane, shown: Plane): Float32Array {
  const out = new Float32Array(values.length);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 2; x < SIDE - 2; x++) {
      const at = y * SIDE + x;
      if (shown.values[at - 2] !== 1 || shown.values[at + 2] !== 1) continue;
      const sides = ((values[at - 2] as number) + (values[at + 2] as number)) / 2;
      out[at] = Math.max(0, sides - (values[at] as number)) / (sides + 20);
    }
  }
  return out;
}

function best(score: Float32Array, shown: Plane): DiscSeen | null {
  const found: Record<'left' | 'right', { score: number; x: number; y: number }> = {
    left: { score: -Infinity, x: 0, y: 0 },
    right: { score: -Infinity, x: 0, y: 0 },
  };
  for (let py = 0; py < SIDE; py++) {
    for (let px = 0; px < SIDE; px++) {
      const at = py * SIDE + px;
      if (shown.values[at] !== 1) continue;
      const x = ((px + 0.5) * 2) / SIDE - 1;
      const y = ((py + 0.5) * 2) / SIDE - 1;
      if (Math.hypot(x, y) > SEARCHED_RADIUS) continue;
      const here = (score[at] as number) * Math.exp(-0.5 * (y / LEVEL_SPREAD) ** 2);
      const half = found[x < 0 ? 'left' : 'right'];
      if (here > half.score) Object.assign(half, { score: here, x, y });
    }
  }
  const { left, right } = found;
  const seen = right.score > left.score ? right : left;
  if (!Number.isFinite(seen.score) || seen.score <= 0) return null;
  const margin = Math.abs(right.score - left.score);
  return { x: seen.x, y: seen.y, confidence: 1 / (1 + Math.exp(-STEEPNESS * margin)) };
}
