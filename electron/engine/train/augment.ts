import { KEPT_RADIUS } from '../images/cut-retina';
import type { AugmentationSettings } from '../../shared/domain/recipe';
import type { Random } from './random';

/** A retina as cached for training: square, RGB bytes, black outside the retina. */
export interface Square {
  sizePx: number;
  pixels: Uint8Array;
}

/**
 * One random view of a retina: turned, zoomed, recoloured, degraded as other cameras would have it. Same arguments, same bytes.
 * Works on one plane-interleaved float buffer throughout; about 20 ms at 384 px.
 *
 * @param square the cached retina, any size
 * @param sizePx side of the view
 * @param random drawn from in a fixed order
 * @returns RGB bytes, sizePx * sizePx * 3
 */
export function augment(square: Square, sizePx: number, random: Random, settings: AugmentationSettings): Uint8Array {
  const coarse = random.chance(settings.coarser.chance) ? random.between(settings.coarser.least, 1) : 1;
  const workingPx = Math.round(sizePx * coarse);
  let pixels = turn(square, workingPx, random, settings);
  if (workingPx !== sizePx) pixels = enlarge(pixels, workingPx, sizePx);
  if (random.chance(settings.sharpness.chance))
    sharpen(pixels, sizePx, random.between(-1, 1) * settings.sharpness.amount, random.chance(0.5) ? 1 : 2);
  recolour(pixels, sizePx, random, settings);
  if (random.chance(settings.light.chance)) addLight(pixels, sizePx, random, settings.light.amount);
  if (random.chance(settings.spots.chance)) addSpots(pixels, sizePx, random, settings.spots.amount);
  if (random.chance(settings.noise.chance)) {
    const { sigma, exact } = settings.noise;
    addNoise(pixels, random, exact ? sigma : random.between(1, sigma));
  }
  return masked(pixels, sizePx, random, settings);
}

/** Rotation by any angle, flip, zoom, shift and slight stretch in one bilinear resampling. */
function turn({ sizePx: from, pixels }: Square, to: number, random: Random, settings: AugmentationSettings): Float32Array {
  const any = random.between(0, 2 * Math.PI);
  const half = settings.halfTurn !== undefined && random.chance(settings.halfTurn) ? Math.PI : 0;
  const angle = settings.rotation ? any : half;
  const flip = settings.flip && random.chance(0.5) ? -1 : 1;
  const stretch = random.factor(settings.stretch);
  const scale = from / to / random.between(settings.zoom.least, settings.zoom.most);
  const [cosine, sine] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const centreX = from / 2 + from * random.between(-settings.shift, settings.shift);
  const centreY = from / 2 + from * random.between(-settings.shift, settings.shift);
  const [xx, xy, yx, yy] = [cosine * stretch * flip, -sine * stretch, sine * flip, cosine];
  // Where the source has over 1.5 times the detail, bilinear sampling would skip pixels: four samples a pixel instead of one.
  const samples = scale > 1.5 ? [-0.25, 0.25] : [0];
  const share = 1 / samples.length ** 2;
  const out = new Float32Array(to * to * 3);
  const limit = from - 1;
  const rowBytes = from * 3;
  for (let y = 0, at = 0; y < to; y++) {
    for (let x = 0; x < to; x++, at += 3) {
      let [red, green, blue] = [0, 0, 0];
      for (const shiftY of samples) {
        for (const shiftX of samples) {
          const dx = x + 0.5 + shiftX - to / 2;
          const dy = y + 0.5 + shiftY - to / 2;
          const sourceX = centreX + xx * dx + xy * dy - 0.5;
          const sourceY = centreY + yx * dx + yy * dy - 0.5;
          if (sourceX < 0 || sourceY < 0 || sourceX >= limit || sourceY >= limit) continue;
          const left = sourceX | 0;
          const top = sourceY | 0;
          const right = sourceX - left;
          const down = sourceY - top;
          const p = top * rowBytes + left * 3;
          const q = p + rowBytes;
          const a = (1 - right) * (1 - down) * share;
          const b = right * (1 - down) * share;
          const c = (1 - right) * down * share;
          const d = right * down * share;
          red += a * (pixels[p] as number) + b * (pixels[p + 3] as number) + c * (pixels[q] as number) + d * (pixels[q + 3] as number);
          green +=
            a * (pixels[p + 1] as number) + b * (pixels[p + 4] as number) + c * (pixels[q + 1] as number) + d * (pixels[q + 4] as number);
          blue +=
            a * (pixels[p + 2] as number) + b * (pixels[p + 5] as number) + c * (pixels[q + 2] as number) + d * (pixels[q + 5] as number);
        }
      }
      out[at] = red;
      out[at + 1] = green;
      out[at + 2] = blue;
    }
  }
  return out;
}

function enlarge(pixels: Float32Array, from: number, to: number): Float32Array {
  const out = new Float32Array(to * to * 3);
  const step = from / to;
  const row = from * 3;
  for (let y = 0, at = 0; y < to; y++) {
    const sourceY = Math.min(Math.max(0, (y + 0.5) * step - 0.5), from - 1.001);
    const top = sourceY | 0;
    const down = sourceY - top;
    for (let x = 0; x < to; x++) {
      const sourceX = Math.min(Math.max(0, (x + 0.5) * step - 0.5), from - 1.001);
      const left = sourceX | 0;
      const right = sourceX - left;
      let p = top * row + left * 3;
      for (const end = p + 3; p < end; p++, at++) {
        const upper = (pixels[p] as number) * (1 - right) + (pixels[p + 3] as number) * right;
        const lower = (pixels[p + row] as number) * (1 - right) + (pixels[p + row + 3] as number) * right;
        out[at] = upper * (1 - down) + lower * down;
      }
    }
  }
  return out;
}

/** Adds `amount` times the difference from a blurred copy: positive sharpens, -1 blurs. `reach` 1 or 2 pixels. */
function sharpen(pixels: Float32Array, sizePx: number, amount: number, reach: number): void {
  const row = sizePx * 3;
  const blurred = new Float32Array(pixels.length);
  const [near, middle] = [reach * 3, reach * row];
  for (let at = 0; at < pixels.length; at++) {
    const before = at >= near ? (pixels[at - near] as number) : (pixels[at] as number);
    const after = at + near < pixels.length ? (pixels[at + near] as number) : (pixels[at] as number);
    blurred[at] = 0.5 * (pixels[at] as number) + 0.25 * (before + after);
  }
  for (let at = 0; at < pixels.length; at++) {
    const before = at >= middle ? (blurred[at - middle] as number) : (blurred[at] as number);
    const after = at + middle < pixels.length ? (blurred[at + middle] as number) : (blurred[at] as number);
    const smooth = 0.5 * (blurred[at] as number) + 0.25 * (before + after);
    pixels[at] = (pixels[at] as number) + amount * ((pixels[at] as number) - smooth);
  }
}

const LEVELS = 1024;

/** Saturation, contrast about the centre's mean, gain per channel, brightness and gamma: one matrix step and one table a channel. */
function recolour(pixels: Float32Array, sizePx: number, random: Random, settings: AugmentationSettings): void {
  const saturation = random.chance(settings.saturation.chance) ? random.between(settings.saturation.least, settings.saturation.most) : 1;
  const contrast = random.factor(settings.contrast);
  const brightness = random.factor(settings.brightness);
  const gamma = random.factor(settings.gamma);
  const mean = centreMean(pixels, sizePx);
  const tables = [0, 1, 2].map((channel) => {
    const gain = brightness * random.factor(settings.gain);
    const table = new Float32Array(LEVELS + 1);
    for (let level = 0; level <= LEVELS; level++) {
      const value = (level * 255) / LEVELS;
      const stretched = ((value - (mean[channel] as number)) * contrast + (mean[channel] as number)) * gain;
      table[level] = 255 * Math.pow(Math.min(Math.max(stretched / 255, 0), 1), gamma);
    }
    return table;
  });
  const [reds, greens, blues] = tables as [Float32Array, Float32Array, Float32Array];
  const scale = LEVELS / 255;
  for (let at = 0; at < pixels.length; at += 3) {
    const [red, green, blue] = [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number];
    // What lies outside the retina stays black, whatever the light does.
    if (red + green + blue <= 0) continue;
    const grey = (red + green + blue) / 3;
    pixels[at] = reds[levelOf((grey + saturation * (red - grey)) * scale)] as number;
    pixels[at + 1] = greens[levelOf((grey + saturation * (green - grey)) * scale)] as number;
    pixels[at + 2] = blues[levelOf((grey + saturation * (blue - grey)) * scale)] as number;
  }
}

function levelOf(scaled: number): number {
  return scaled <= 0 ? 0 : scaled >= LEVELS ? LEVELS : (scaled + 0.5) | 0;
}

function centreMean(pixels: Float32Array, sizePx: number): [number, number, number] {
  const [from, until] = [Math.floor(sizePx / 3), Math.floor((2 * sizePx) / 3)];
  const sums: [number, number, number] = [0, 0, 0];
  for (let y = from; y < until; y += 2) {
    for (let x = from; x < until; x += 2) {
      const at = (y * sizePx + x) * 3;
      for (let channel = 0; channel < 3; channel++) sums[channel] = (sums[channel] as number) + (pixels[at + channel] as number);
    }
  }
  const count = Math.ceil((until - from) / 2) ** 2;
  return [sums[0] / count, sums[1] / count, sums[2] / count];
}

/** Uneven illumination, or stray light that leaks in (GDRNet, arXiv 2307.04378). */
function addLight(pixels: Float32Array, sizePx: number, random: Random, amount: number): void {
  const [centreX, centreY] = [random.unit() * sizePx, random.unit() * sizePx];
  const width = random.between(0.2, 0.7) * sizePx;
  const leak = random.chance(0.5);
  const strength = leak ? random.between(10, 120 * amount) : random.between(-amount, amount);
  const tint = [1, random.between(0.6, 1), random.between(0.3, 1)] as const;
  const row = new Float32Array(sizePx);
  for (let x = 0; x < sizePx; x++) row[x] = Math.exp(-((x - centreX) ** 2) / (2 * width * width));
  for (let y = 0, at = 0; y < sizePx; y++) {
    const column = Math.exp(-((y - centreY) ** 2) / (2 * width * width));
    for (let x = 0; x < sizePx; x++, at += 3) {
      const red = pixels[at] as number;
      if (red + (pixels[at + 1] as number) + (pixels[at + 2] as number) <= 0) continue;
      const bump = column * (row[x] as number);
      for (let channel = 0; channel < 3; channel++) {
        const value = pixels[at + channel] as number;
        pixels[at + channel] = leak ? value + bump * strength * (tint[channel] as number) : value * (1 + strength * (bump - 0.5));
      }
    }
  }
}

/** Dust and reflections: a few soft discs, lighter or darker. */
function addSpots(pixels: Float32Array, sizePx: number, random: Random, amount: number): void {
  for (let spot = 1 + random.below(5); spot > 0; spot--) {
    const radius = random.between(0.01, 0.05) * sizePx;
    const [centreX, centreY] = [random.unit() * sizePx, random.unit() * sizePx];
    const strength = random.between(-amount, amount);
    const reach = Math.ceil(radius * 2);
    for (let y = Math.max(0, Math.floor(centreY) - reach); y < Math.min(sizePx, centreY + reach); y++) {
      for (let x = Math.max(0, Math.floor(centreX) - reach); x < Math.min(sizePx, centreX + reach); x++) {
        const distance = ((x - centreX) ** 2 + (y - centreY) ** 2) / (radius * radius);
        const change = strength * Math.exp(-(distance ** 2));
        const at = (y * sizePx + x) * 3;
        for (let channel = 0; channel < 3; channel++) pixels[at + channel] = (pixels[at + channel] as number) + change;
      }
    }
  }
}

/** Sum of four uniform bytes: close enough to a normal law, and one random integer a value. */
function addNoise(pixels: Float32Array, random: Random, sigma: number): void {
  const scale = sigma / 147.8;
  for (let at = 0; at < pixels.length; at++) {
    const bits = random.integer();
    const sum = (bits & 255) + ((bits >>> 8) & 255) + ((bits >>> 16) & 255) + (bits >>> 24);
    pixels[at] = (pixels[at] as number) + (sum - 510) * scale;
  }
}

/** Back to bytes, black outside the circle, now and then with the straight edges that some cameras cut. */
function masked(pixels: Float32Array, sizePx: number, random: Random, settings: AugmentationSettings): Uint8Array {
  const radius = (sizePx / 2) * random.between(KEPT_RADIUS - settings.rim, KEPT_RADIUS);
  const cut = random.chance(settings.cut.chance) ? (sizePx / 2) * random.between(settings.cut.least, 0.95) : sizePx;
  const angle = random.between(0, Math.PI);
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const out = new Uint8Array(pixels.length);
  for (let y = 0, at = 0; y < sizePx; y++) {
    const dy = y + 0.5 - sizePx / 2;
    for (let x = 0; x < sizePx; x++, at += 3) {
      const dx = x + 0.5 - sizePx / 2;
      if (dx * dx + dy * dy > radius * radius || Math.abs(dx * sine + dy * cosine) > cut) continue;
      out[at] = clamp(pixels[at] as number);
      out[at + 1] = clamp(pixels[at + 1] as number);
      out[at + 2] = clamp(pixels[at + 2] as number);
    }
  }
  return out;
}

function clamp(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : value + 0.5;
}
