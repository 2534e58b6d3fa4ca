import { QUALITY_SIZE_PX } from './features';
import { boxBlur, halve, maskedMean, type Plane } from './planes';

/** Where the optic disc seems to lie: from the middle of the retina, in its radii; right and down are positive. */
export interface DiscSeen {
  x: number;
  y: number;
  /** 0.5..1: how much more the half with the disc looks like it than the other half. */
  confidence: number;
}

/** Recorded with every position; anything that changes one changes it. */
export const DISC_LOCATOR = 'netra-disc-1';

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
  const full = { side: QUALITY_SIZE_PX, values: new Float32Array(QUALITY_SIZE_PX * QUALITY_SIZE_PX) };
  const mask = { side: QUALITY_SIZE_PX, values: new Float32Array(QUALITY_SIZE_PX * QUALITY_SIZE_PX) };
  for (let at = 0; at < full.values.length; at++) {
    const red = square[at * 3] as number;
    const green = square[at * 3 + 1] as number;
    full.values[at] = green + 0.3 * red;
    mask.values[at] = red + green > 12 ? 1 : 0;
  }
  const light = halve(halve(full));
  const shown = halve(halve(mask));
  const score = scoreMap(light, shown);
  return best(score, shown);
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
