import { between, type Random } from './random';

/** One value a pixel. */
export interface Layer {
  width: number;
  height: number;
  values: Float32Array;
}

export function emptyLayer(width: number, height: number): Layer {
  return { width, height, values: new Float32Array(width * height) };
}

/** Smooth random field, about -1..1, whose features are `scalePx` wide. */
export function softNoise(width: number, height: number, scalePx: number, random: Random): Layer {
  const columns = Math.ceil(width / scalePx) + 2;
  const rows = Math.ceil(height / scalePx) + 2;
  const knots = Float32Array.from({ length: columns * rows }, () => between(random, -1, 1));
  const layer = emptyLayer(width, height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / scalePx);
    const v = ease(y / scalePx - row);
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / scalePx);
      const u = ease(x / scalePx - column);
      const at = row * columns + column;
      const top = mix(knots[at] ?? 0, knots[at + 1] ?? 0, u);
      const bottom = mix(knots[at + columns] ?? 0, knots[at + columns + 1] ?? 0, u);
      layer.values[y * width + x] = mix(top, bottom, v);
    }
  }
  return layer;
}

/** Stamps a soft round spot; values keep the larger of what was there and the spot. */
export function stamp(layer: Layer, centreX: number, centreY: number, radiusPx: number, strength: number): void {
  const reach = Math.ceil(radiusPx + 1.5);
  const left = Math.max(0, Math.floor(centreX - reach));
  const right = Math.min(layer.width - 1, Math.ceil(centreX + reach));
  const bottom = Math.min(layer.height - 1, Math.ceil(centreY + reach));
  for (let y = Math.max(0, Math.floor(centreY - reach)); y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const distance = Math.hypot(x + 0.5 - centreX, y + 0.5 - centreY);
      const value = strength * Math.min(1, Math.max(0, radiusPx + 0.5 - distance));
      const at = y * layer.width + x;
      if (value > (layer.values[at] as number)) layer.values[at] = value;
    }
  }
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}
