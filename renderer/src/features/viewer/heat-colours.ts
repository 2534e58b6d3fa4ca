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

/** @param value calibrated P(grade >= 2), 0..1 */
export function heatColour(value: number): Colour {
  const place = Math.min(Math.max(value, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(place), RAMP.length - 2);
  const share = place - low;
  const from = RAMP[low] ?? RAMP[0] ?? [0, 0, 0];
  const to = RAMP[low + 1] ?? from;
  return [mix(from[0], to[0], share), mix(from[1], to[1], share), mix(from[2], to[2], share)];
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
 * RGBA of the map over the retina's bounding square, `sizePx` a side. Between cells values are interpolated first and coloured then, so that
 * an edge lies where the value crosses the threshold.
 *
 * @param lowest values below are not drawn; 0 draws all
 */
export function heatPixels(map: HeatMapGrid, lowest: number, sizePx: number): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(sizePx * sizePx * 4);
  const radius = sizePx / 2;
  for (let y = 0; y < sizePx; y += 1) {
    for (let x = 0; x < sizePx; x += 1) {
      const value = valueAt(map, (x + 0.5) / sizePx, (y + 0.5) / sizePx);
      // Outside the retina the map says nothing.
      const inside = (x + 0.5 - radius) ** 2 + (y + 0.5 - radius) ** 2 <= radius ** 2;
      const [red, green, blue] = heatColour(value);
      // What is not drawn has its colour too: a graphics card mixes neighbours, and an edge must not turn dark.
      pixels.set([red, green, blue, inside && value >= lowest ? 255 : 0], (y * sizePx + x) * 4);
    }
  }
  return pixels;
}

/** Bilinear between the middles of the cells. @param across @param down 0..1 */
function valueAt({ rows, columns, values }: HeatMapGrid, across: number, down: number): number {
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
export function speaksByItself(p2: number | null, threshold: number): boolean {
  return p2 !== null && p2 >= threshold;
}
