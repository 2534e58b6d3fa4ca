import type { Circle } from './circle-fit';
import { shrinkByBox, type RgbImage } from './rgb-image';

/** Rims differ between cameras (notches, haze, cut pixels): the outermost 3 % of the radius is shown to no network. */
export const KEPT_RADIUS = 0.97;

/**
 * The retina as a square of constant diameter: the circle's bounding square scaled to sizePx x sizePx, black outside 97 % of the
 * radius and where the frame cut the retina. Catmull-Rom, widened when shrinking; identical on every machine (no native code).
 * @param stretch by how much x is stretched to make a squeezed retina round (1 for nearly all)
 * @returns RGB bytes, sizePx * sizePx * 3
 */
export function cutRetina(image: RgbImage, circle: Circle, stretch: number, sizePx: number): Uint8Array {
  // Whole blocks first, so that the filter never spans more than eight pixels.
  const factor = Math.max(1, Math.floor((2 * circle.radius) / sizePx));
  const source = shrinkByBox(image, factor);
  const left = (circle.centreX - circle.radius / stretch) / factor;
  const top = (circle.centreY - circle.radius) / factor;
  const step = (2 * circle.radius) / factor / sizePx;
  const columns = tapsFor(left, step / stretch, sizePx, source.width);
  const rows = tapsFor(top, step, sizePx, source.height);
  return resample(source, columns, rows, sizePx);
}

/** For each output pixel the first source pixel and `count` weights; pixels beyond the frame weigh as black. */
interface Taps {
  first: Int32Array;
  count: number;
  weights: Float32Array;
}

function catmullRom(distance: number): number {
  const x = Math.abs(distance);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

function tapsFor(start: number, step: number, sizePx: number, sourceLength: number): Taps {
  const widening = Math.max(1, step);
  const reach = 2 * widening;
  const count = Math.min(Math.ceil(reach * 2) + 1, sourceLength);
  const first = new Int32Array(sizePx);
  const weights = new Float32Array(sizePx * count);
  for (let index = 0; index < sizePx; index++) {
    const centre = start + (index + 0.5) * step - 0.5;
    const low = Math.ceil(centre - reach);
    const begin = Math.min(Math.max(0, low), sourceLength - count);
    let total = 0;
    for (let at = low; at <= centre + reach; at++) total += catmullRom((at - centre) / widening);
    for (let tap = 0; tap < count; tap++) weights[index * count + tap] = catmullRom((begin + tap - centre) / widening) / total;
    first[index] = begin;
  }
  return { first, count, weights };
}

function resample(source: RgbImage, columns: Taps, rows: Taps, sizePx: number): Uint8Array {
  const firstRow = rows.first.reduce((least, row) => Math.min(least, row), source.height);
  const lastRow = rows.first.reduce((most, row) => Math.max(most, row + rows.count), 0);
  const wide = new Float32Array((lastRow - firstRow) * sizePx * 3);
  const reach = columnsInUse(rows, firstRow, lastRow, sizePx);
  for (let y = firstRow; y < lastRow; y++) {
    const half = reach[y - firstRow] as number;
    if (half <= 0) continue;
    const out = wide.subarray((y - firstRow) * sizePx * 3, (y - firstRow + 1) * sizePx * 3);
    const [fromX, untilX] = [Math.max(0, Math.floor(sizePx / 2 - half)), Math.min(sizePx, Math.ceil(sizePx / 2 + half))];
    filterLine(source.data, y * source.width * 3, columns, out, fromX, untilX);
  }
  const out = new Uint8Array(sizePx * sizePx * 3);
  const line = new Float32Array(sizePx * 3);
  for (let y = 0; y < sizePx; y++) {
    const half = halfChord(y, sizePx);
    if (half <= 0) continue;
    const from = Math.max(0, Math.ceil(sizePx / 2 - half - 0.5)) * 3;
    const until = Math.min(sizePx, Math.floor(sizePx / 2 + half - 0.5) + 1) * 3;
    line.fill(0);
    for (let tap = 0; tap < rows.count; tap++) {
      const share = rows.weights[y * rows.count + tap] as number;
      if (share === 0) continue;
      const row = ((rows.first[y] as number) + tap - firstRow) * sizePx * 3;
      for (let x = from; x < until; x++) line[x] = (line[x] as number) + share * (wide[row + x] as number);
    }
    const row = y * sizePx * 3;
    for (let x = from; x < until; x++) {
      const value = line[x] as number;
      out[row + x] = value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
    }
  }
  return out;
}

function filterLine(data: Uint8Array, line: number, columns: Taps, out: Float32Array, fromX: number, untilX: number): void {
  const { count, weights, first } = columns;
  for (let x = fromX, to = fromX * 3; x < untilX; x++, to += 3) {
    let at = line + (first[x] as number) * 3;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let weight = x * count, end = weight + count; weight < end; weight++, at += 3) {
      const share = weights[weight] as number;
      red += share * (data[at] as number);
      green += share * (data[at + 1] as number);
      blue += share * (data[at + 2] as number);
    }
    out[to] = red;
    out[to + 1] = green;
    out[to + 2] = blue;
  }
}

/** For each source row how far from the middle, in whole output pixels, any output row that uses it shows retina. */
function columnsInUse(rows: Taps, firstRow: number, lastRow: number, sizePx: number): Int32Array {
  const reach = new Int32Array(lastRow - firstRow);
  for (let y = 0; y < sizePx; y++) {
    const half = Math.min(sizePx / 2, Math.ceil(halfChord(y, sizePx)) + 1);
    const begin = (rows.first[y] as number) - firstRow;
    for (let row = begin; row < begin + rows.count; row++) if (half > (reach[row] as number)) reach[row] = half;
  }
  return reach;
}

/** Half the width, in pixels, of the kept disc at an output row. */
function halfChord(y: number, sizePx: number): number {
  const radius = (sizePx / 2) * KEPT_RADIUS;
  const dy = y + 0.5 - sizePx / 2;
  return Math.sqrt(Math.max(0, radius * radius - dy * dy));
}
