/** One float a pixel, rows from the top, side x side. */
export interface Plane {
  side: number;
  values: Float32Array;
}

/** Mean of every 2 x 2 block. */
export function halve(plane: Plane): Plane {
  const side = plane.side >> 1;
  const values = new Float32Array(side * side);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = 2 * y * plane.side + 2 * x;
      const top = (plane.values[at] as number) + (plane.values[at + 1] as number);
      const bottom = (plane.values[at + plane.side] as number) + (plane.values[at + plane.side + 1] as number);
      values[y * side + x] = (top + bottom) / 4;
    }
  }
  return { side, values };
}

/** Mean over a (2 reach + 1) square by running sums; beyond the edge counts as zero. Linear in pixels whatever the reach. */
export function boxBlur(plane: Plane, reach: number): Plane {
  return { side: plane.side, values: blurLines(blurLines(plane.values, plane.side, reach), plane.side, reach) };
}

/** Blurs along rows and transposes: twice gives the square in its own orientation. */
function blurLines(values: Float32Array, side: number, reach: number): Float32Array {
  const out = new Float32Array(values.length);
  const share = 1 / (2 * reach + 1);
  for (let y = 0; y < side; y++) {
    const row = y * side;
    let sum = 0;
    for (let x = 0; x < reach; x++) sum += values[row + x] as number;
    for (let x = 0; x < side; x++) {
      if (x + reach < side) sum += values[row + x + reach] as number;
      out[x * side + y] = sum * share;
      if (x - reach >= 0) sum -= values[row + x - reach] as number;
    }
  }
  return out;
}

/** Local mean of the valid pixels only: the mask's black does not leak in. */
export function maskedMean(plane: Plane, mask: Plane, reach: number): Plane {
  const values = new Float32Array(plane.values.length);
  for (let at = 0; at < values.length; at++) values[at] = (plane.values[at] as number) * (mask.values[at] as number);
  const sums = boxBlur({ side: plane.side, values }, reach).values;
  const shares = boxBlur(mask, reach).values;
  for (let at = 0; at < values.length; at++) values[at] = (sums[at] as number) / Math.max(1e-3, shares[at] as number);
  return { side: plane.side, values };
}

/** Value below which `share` of a few numbers lie. */
export function percentileOf(numbers: Float32Array, share: number): number {
  if (numbers.length === 0) return 0;
  return numbers.toSorted()[Math.min(numbers.length - 1, Math.floor(share * numbers.length))] as number;
}

/** Counts of brightness 0..255 in steps of one: percentiles of many pixels without sorting them. */
export class Histogram {
  private readonly counts = new Uint32Array(256);
  private total = 0;

  add(value: number): void {
    const level = value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value);
    this.counts[level] = (this.counts[level] as number) + 1;
    this.total++;
  }

  percentile(share: number): number {
    let left = share * this.total;
    for (let level = 0; level < 256; level++) {
      left -= this.counts[level] as number;
      if (left < 0) return level;
    }
    return 255;
  }
}
