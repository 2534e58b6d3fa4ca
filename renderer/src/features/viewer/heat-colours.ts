import type { HeatMapGrid, RetinaPlace } from '../../../../electron/shared/ipc/types';
import type { Rectangle } from './geometry';

/**
 * Colours of the heat map on an absolute scale: a value means the same colour on every photograph, so that two can be compared. Never
 * stretched to what one photograph happens to hold: a retina without signs would glow as red as a sick one (maps of retinas
 * without disease are arbitrary).
 */

type Colour = readonly [red: number, green: number, blue: number];

/** From dark violet to yellow: lighter is more, for every kind of colour sight, and none of it is the orange of a retina. */
const RAMP: readonly Colour[] = [
  [48, 18, 140],
  [126, 3, 168],
  [204, 71, 120],
  [248, 149, 64],
  [240, 249, 33],
];

/**
 * The scale is in log-odds: probabilities crowd near 1 on a sick retina, and a map in them would be one colour. On the starter model a
 * place without activation lies at -1.8, and of photographs scored below the threshold hardly a place lies above 4.
 */
const LOWEST_LOGIT = -4;
const HIGHEST_LOGIT = 12;
/** A place from here on speaks for grade >= 2 by itself. */
const SPEAKS_FROM = 0.5;
/** How much of the chosen strength the weakest places that are drawn get: the scale is one of strength, too. */
const WEAKEST_ALPHA = 0.3;

/** Where the legend has its numbers. */
export const HEAT_TICKS: readonly number[] = [0.02, SPEAKS_FROM, 0.98, 0.9998];

/** @param value calibrated P(grade >= 2), 0..1 @returns its place on the scale, 0..1 */
export function heatStrength(value: number): number {
  const logit = Math.log(value / (1 - value));
  return Math.min(Math.max((logit - LOWEST_LOGIT) / (HIGHEST_LOGIT - LOWEST_LOGIT), 0), 1);
}

const SPEAKS = heatStrength(SPEAKS_FROM);

/** @param strength 0..1 */
function rampColour(strength: number): Colour {
  const place = strength * (RAMP.length - 1);
  const low = Math.min(Math.floor(place), RAMP.length - 2);
  const share = place - low;
  const from = RAMP[low] ?? [0, 0, 0];
  const to = RAMP[low + 1] ?? from;
  return [mix(from[0], to[0], share), mix(from[1], to[1], share), mix(from[2], to[2], share)];
}

/** Red, green, blue and alpha of a place, 0..255; the chosen strength is on top of the alpha. @param strength its place on the scale, 0..1 */
export function heatColour(strength: number): readonly [number, number, number, number] {
  const above = Math.max(0, (strength - SPEAKS) / (1 - SPEAKS));
  return [...rampColour(strength), Math.round(255 * (WEAKEST_ALPHA + (1 - WEAKEST_ALPHA) * above))];
}

function mix(from: number, to: number, share: number): number {
  return Math.round(from + (to - from) * share);
}

/** The same scale for a legend. */
export function heatGradient(): string {
  const stops = RAMP.map(([red, green, blue], index) => `rgb(${red} ${green} ${blue}) ${(index / (RAMP.length - 1)) * 100}%`);
  return `linear-gradient(to right, ${stops.join(', ')})`;
}

/**
 * RGBA of the map over the retina's bounding square, `sizePx` a side. Between cells the strength is interpolated first and coloured then, so
 * that an edge lies where it crosses the limit.
 *
 * @param weakToo draws as well what does not speak for disease: disc, vessels, macula
 */
export function heatPixels(map: HeatMapGrid, weakToo: boolean, sizePx: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(sizePx * sizePx * 4);
  const strengths = { ...map, values: map.values.map(heatStrength) };
  const radius = sizePx / 2;
  for (let y = 0; y < sizePx; y += 1) {
    for (let x = 0; x < sizePx; x += 1) {
      const strength = valueAt(strengths, (x + 0.5) / sizePx, (y + 0.5) / sizePx);
      const [red, green, blue, alpha] = heatColour(strength);
      // Outside the retina the map says nothing; its edge is half a pixel soft.
      const inside = Math.min(Math.max(radius - Math.hypot(x + 0.5 - radius, y + 0.5 - radius), 0), 1);
      const drawn = weakToo || strength >= SPEAKS ? inside : 0;
      // What is not drawn has its colour too: a graphics card mixes neighbours, and an edge must not turn dark.
      pixels.set([red, green, blue, Math.round(alpha * drawn)], (y * sizePx + x) * 4);
    }
  }
  return pixels;
}

/** Bilinear between the middles of the cells. @param across @param down 0..1 */
export function valueAt({ rows, columns, values }: HeatMapGrid, across: number, down: number): number {
  const column = Math.min(Math.max(across * columns - 0.5, 0), columns - 1);
  const row = Math.min(Math.max(down * rows - 0.5, 0), rows - 1);
  const left = Math.floor(column);
  const top = Math.floor(row);
  const cell = (y: number, x: number): number => values[Math.min(y, rows - 1) * columns + Math.min(x, columns - 1)] ?? 0;
  const upper = cell(top, left) * (1 - (column - left)) + cell(top, left + 1) * (column - left);
  const lower = cell(top + 1, left) * (1 - (column - left)) + cell(top + 1, left + 1) * (column - left);
  return upper * (1 - (row - top)) + lower * (row - top);
}

/** Where the map lies, image coordinates: the square about the retina, which may reach over the edge of the photograph. */
export function heatPlace({ centreX, centreY, radius }: RetinaPlace): Rectangle {
  return { x: centreX - radius, y: centreY - radius, width: radius * 2, height: radius * 2 };
}

/**
 * Whether a map is worth showing unasked: one of a photograph below the threshold marks the disc, vessels or macula and misleads.
 *
 * @param p2 the photograph's own calibrated P(grade >= 2)
 */
export function speaksByItself(p2: number | null, threshold: number | null): boolean {
  return p2 !== null && threshold !== null && p2 >= threshold;
}
