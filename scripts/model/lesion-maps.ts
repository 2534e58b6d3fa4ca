import type { HeatMapGrid } from '../../electron/shared/ipc/types';
import { auc } from '../../electron/shared/statistics/auc';
import { KEPT_RADIUS } from '../../electron/engine/images/cut-retina';
import type { LocatedImage } from '../../electron/engine/images/preprocess';
import { valueAt } from '../../renderer/src/features/viewer/heat-colours';
import { mean, spearman } from './document';

/** Heat maps against the lesions that experts have drawn: pure geometry, no network. */

/** Every sign of retinopathy; the disc is none. */
const LESIONS = 0b1111;
/** Maps and lesions are compared on this many points a side. */
export const GRID = 192;
/** A cell less than half in the retina says nothing of the retina: its middle is not drawn either. */
const LEAST_INSIDE = 0.5;
/** Log-odds: cells this close to the strongest are as strong. */
export const AS_STRONG = 1;

export function mirrored({ rows, columns, values }: HeatMapGrid): HeatMapGrid {
  return {
    rows,
    columns,
    values: values.map((_, index) => values[Math.floor(index / columns) * columns + (columns - 1 - (index % columns))] ?? 0),
  };
}

/** The map as it would lie after the input was moved right and down by this share of its side. */
export function shifted(map: HeatMapGrid, share: number): HeatMapGrid {
  return {
    ...map,
    values: map.values.map((_, index) =>
      valueAt(map, ((index % map.columns) + 0.5) / map.columns - share, (Math.floor(index / map.columns) + 0.5) / map.rows - share),
    ),
  };
}

/** On a GRID x GRID raster of the square: 1 lesion, 0 none; outside the retina 2. */
export function lesionsOnSquare(
  { retina, pixels, shrink }: LocatedImage,
  mask: { data: Buffer; width: number; height: number },
): Uint8Array {
  const raster = new Uint8Array(GRID * GRID);
  if (retina === null) return raster.fill(2);
  const { centreX, centreY, radius } = retina.circle;
  const scale = mask.width / (pixels.width * shrink);
  const reach = Math.max(1, Math.ceil((radius * shrink * scale) / GRID));
  for (let y = 0; y < GRID; y += 1) {
    for (let x = 0; x < GRID; x += 1) {
      const [across, down] = [((x + 0.5) / GRID) * 2 - 1, ((y + 0.5) / GRID) * 2 - 1];
      if (Math.hypot(across, down) > KEPT_RADIUS) {
        raster[y * GRID + x] = 2;
        continue;
      }
      const maskX = Math.round((centreX + (across * radius) / retina.stretch) * shrink * scale);
      const maskY = Math.round((centreY + down * radius) * shrink * scale);
      raster[y * GRID + x] = hasLesion(mask, maskX, maskY, reach) ? 1 : 0;
    }
  }
  return raster;
}

/** Whether a lesion lies within so many pixels of a point: a microaneurysm is smaller than a point of the raster. */
function hasLesion({ data, width, height }: { data: Buffer; width: number; height: number }, x: number, y: number, reach: number): boolean {
  for (let row = Math.max(0, y - reach + 1); row < Math.min(height, y + reach); row += 1) {
    for (let column = Math.max(0, x - reach + 1); column < Math.min(width, x + reach); column += 1) {
      if (((data[row * width + column] ?? 0) & LESIONS) !== 0) return true;
    }
  }
  return false;
}

/** A map that always says "the middle": what a useful one must beat. */
export function centredMap(rows: number, columns: number): HeatMapGrid {
  const values = Float32Array.from({ length: rows * columns }, (_, index) => {
    const [x, y] = [((index % columns) + 0.5) / columns - 0.5, (Math.floor(index / columns) + 0.5) / rows - 0.5];
    return Math.exp(-(x * x + y * y) / (2 * 0.2 * 0.2));
  });
  return { rows, columns, values };
}

export interface OnLesions {
  /** Share of what speaks for disease that lies on lesions. */
  mass: number;
  /** Whether the strongest cell holds a lesion; among equally strong ones the share that do. */
  hit: number;
  /** Chance of a random cell to hold one. */
  randomHit: number;
  /** That a lesion point is stronger than another point of the same retina; null where there is no lesion. */
  area: number | null;
}

interface Cell {
  points: number;
  inside: number;
  lesion: boolean;
}

/** How a map lies on the lesions; only cells that lie in the retina for the greater part are asked. */
export function onLesions(map: HeatMapGrid, lesions: Uint8Array): OnLesions {
  const points = [...lesions].flatMap((mark, index) => {
    const [across, down] = [((index % GRID) + 0.5) / GRID, (Math.floor(index / GRID) + 0.5) / GRID];
    return mark === 2 ? [] : [{ lesion: mark === 1, value: valueAt(map, across, down) }];
  });
  const positive = points.map(({ value, lesion }) => ({ lesion, value: Math.max(0, value) }));
  const total = positive.reduce((sum, { value }) => sum + value, 0);
  const cells = cellsOf(map, lesions).flatMap(({ inside, points: all, lesion }, index) =>
    inside < LEAST_INSIDE * all ? [] : [{ lesion, value: map.values[index] ?? 0 }],
  );
  const most = Math.max(...cells.map(({ value }) => value));
  return {
    mass: total === 0 ? 0 : positive.reduce((sum, { value, lesion }) => sum + (lesion ? value : 0), 0) / total,
    hit: mean(cells.filter(({ value }) => value >= most - 1e-6).map(({ lesion }) => Number(lesion))),
    randomHit: mean(cells.map(({ lesion }) => Number(lesion))),
    area:
      auc(
        points.map(({ value }) => value),
        points.map(({ lesion }) => lesion),
      )?.value ?? null,
  };
}

function cellsOf({ rows, columns }: HeatMapGrid, lesions: Uint8Array): Cell[] {
  const cells = Array.from({ length: rows * columns }, (): Cell => ({ points: 0, inside: 0, lesion: false }));
  for (const [index, mark] of lesions.entries()) {
    const cell = cells[Math.floor((Math.floor(index / GRID) * rows) / GRID) * columns + Math.floor(((index % GRID) * columns) / GRID)];
    if (cell === undefined) continue;
    cell.points += 1;
    if (mark !== 2) cell.inside += 1;
    if (mark === 1) cell.lesion = true;
  }
  return cells;
}

/** Both maps on a raster twice as fine; the second belongs to the photograph moved right and down by half a cell. */
export function twiceAsFine(map: HeatMapGrid, moved: HeatMapGrid): HeatMapGrid {
  const [rows, columns] = [map.rows * 2, map.columns * 2];
  const values = Float32Array.from({ length: rows * columns }, (_, index) => {
    const [across, down] = [((index % columns) + 0.5) / columns, (Math.floor(index / columns) + 0.5) / rows];
    return (valueAt(map, across, down) + valueAt(moved, across + 0.5 / map.columns, down + 0.5 / map.rows)) / 2;
  });
  return { rows, columns, values };
}

/** Agreement with the mirrored map if the middles of both maps' cells lay so many cells to the right of where they are taken to lie. */
export function agreementAt(map: HeatMapGrid, flippedMap: HeatMapGrid, byCells: number): number {
  const moved = (from: HeatMapGrid): HeatMapGrid => shifted(from, byCells / from.columns);
  return spearman(moved(map).values, mirrored(moved(flippedMap)).values);
}

/** Share of the cells that lie in the retina whose evidence is close to the strongest's. */
export function shareAsStrong(map: HeatMapGrid, lesions: Uint8Array): number {
  const cells = cellsOf(map, lesions);
  const values = [...map.values].filter((_, index) => (cells[index]?.inside ?? 0) >= LEAST_INSIDE * (cells[index]?.points ?? 0));
  const most = Math.max(...values);
  return mean(values.map((value) => Number(value >= most - AS_STRONG)));
}
