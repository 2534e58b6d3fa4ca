import type { LocatedImage } from '../images/preprocess';

/** JPEG rounds in blocks of 8 x 8 pixels; a photograph shrunk while it was read has them at 4 or 2, whose edges fall on the same eighths. */
const BLOCK = 8;
const LINES = 64;
/** Share of the radius that is looked at: no rim. */
const LOOKED_AT_RADIUS = 0.9;
/** Grey levels: the noise floor of a smooth photograph. */
const FLOOR = 0.3;
/**
 * Edges between blocks against steps between other pixels, as the logarithm of their ratio, and the rounding step that goes with it
 * (31 photographs at qualities 10 to 90: 0.8 to 1.1 up to quality 70, 1.34 at 50, 2.1 at 20). Below the least it says nothing.
 */
const LEAST_EDGE = 1.25;
const EDGE_AT_STEP_12 = 1.34;
const EDGE_PER_LOG_STEP = 0.83;
/** Radius, original pixels, at which a step counts as it is: half of the networks' 384 px. */
const REFERENCE_RADIUS_PX = 192;

/**
 * How much compression has taken from the retina: the step that brightness was rounded with (as the file says, or as the edges of its
 * blocks show where the file was compressed before and saved anew), times how much larger a block is on this retina than on one of 384 px.
 * @returns logarithm of grey levels, 0 for a step of one and less
 */
export function measureRounding(located: LocatedImage): number {
  const radius = (located.retina?.circle.radius ?? 0) * located.shrink;
  if (radius <= 0) return 0;
  const step = Math.max(located.roundingStep ?? 0, stepSeen(located));
  return Math.log(Math.max(1, (step * REFERENCE_RADIUS_PX) / radius));
}

function stepSeen(located: LocatedImage): number {
  const edge = Math.min(blockEdges(located, 'across'), blockEdges(located, 'down'));
  return edge < LEAST_EDGE ? 0 : 12 * Math.exp((edge - EDGE_AT_STEP_12) / EDGE_PER_LOG_STEP);
}

/** How far the jumps at one of eight positions stand out of those at the others, in green, along lines through the retina. */
function blockEdges({ pixels: { width, height, data }, retina }: LocatedImage, along: 'across' | 'down'): number {
  if (!retina) return 0;
  const { circle, stretch } = retina;
  const reach = circle.radius * LOOKED_AT_RADIUS;
  const isAcross = along === 'across';
  const [length, breadth, stride, lineStride] = isAcross ? [width, height, 3, 3 * width] : [height, width, 3 * width, 3];
  const [middle, lineMiddle] = isAcross ? [circle.centreX, circle.centreY] : [circle.centreY, circle.centreX];
  const [shortened, lineShortened] = isAcross ? [stretch, 1] : [1, stretch];
  const sums = new Float64Array(BLOCK);
  const counts = new Uint32Array(BLOCK);
  for (let line = 0; line < LINES; line++) {
    const offset = reach * ((2 * (line + 0.5)) / LINES - 1);
    const row = Math.floor(lineMiddle + offset / lineShortened);
    if (row < 0 || row >= breadth) continue;
    const half = Math.sqrt(reach * reach - offset * offset) / shortened;
    const until = Math.min(length - 1, Math.floor(middle + half));
    let at = Math.max(2, Math.ceil(middle - half));
    for (let from = row * lineStride + at * stride + 1; at < until; at++, from += stride) {
      const step = (data[from] as number) - (data[from - stride] as number);
      const around = (data[from + stride] as number) - (data[from - 2 * stride] as number);
      sums[at % BLOCK] = (sums[at % BLOCK] as number) + Math.abs(3 * step - around);
      counts[at % BLOCK] = (counts[at % BLOCK] as number) + 1;
    }
  }
  const jumps = sums.map((sum, position) => sum / Math.max(1, counts[position] as number)).toSorted();
  return Math.log(((jumps[BLOCK - 1] as number) + FLOOR) / ((jumps[3] as number) + FLOOR));
}
