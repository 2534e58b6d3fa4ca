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
  const factor = Math.max(1, Math.floor((2 * circle.radius) / sizePx / 1.5));
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
  for (let y = firstRow; y < lastRow; y++) {
    const line = y * source.width * 3;
    let to = (y - firstRow) * sizePx * 3;
    for (let x = 0; x < sizePx; x++, to += 3) {
      let at = line + (columns.first[x] as number) * 3;
      let weight = x * columns.count;
      let red = 0;
      let green = 0;
      let blue = 0;
      for (const end = weight + columns.count; weight < end; weight++, at += 3) {
        const share = columns.weights[weight] as number;
        red += share * (source.data[at] as number);
        green += share * (source.data[at + 1] as number);
        blue += share * (source.data[at + 2] as number);
      }
      wide[to] = red;
      wide[to + 1] = green;
      wide[to + 2] = blue;
    }
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

/** Half the width, in pixels, of the kept disc at an output row. */
function halfChord(y: number, sizePx: number): number {
  const radius = (sizePx / 2) * KEPT_RADIUS;
  const dy = y + 0.5 - sizePx / 2;
  return Math.sqrt(Math.max(0, radius * radius - dy * dy));
}
