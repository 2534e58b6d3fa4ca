import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { Forward } from '../../electron/engine/backends/backend';
import { readBundle } from '../../electron/engine/bundle/read';
import { evidenceFor, evidenceMap } from '../../electron/engine/explain/evidence';
import { KEPT_RADIUS } from '../../electron/engine/images/cut-retina';
import { locateRetina, type LocatedImage, squareOf, toNetworkInput } from '../../electron/engine/images/preprocess';
import type { Weights } from '../../electron/engine/network/graph';
import { weightOf } from '../../electron/engine/network/graph';
import { parseNetwork } from '../../electron/engine/network/layers-topology';
import { loadModel } from '../../electron/engine/screening/model';
import { REFERABLE_DIRECTION } from '../../electron/engine/screening/probabilities';
import { bell, seededRandom } from '../../electron/services/demo/random';
import { heatPixels } from '../../renderer/src/features/viewer/heat-colours';
import { mean, percent, spearman, table } from './document';

/**
 * Do the heat maps show what the model looks at? Sanity checks on the shipped model, and its maps against the lesions that experts have drawn in IDRiD:
 * node scripts/run-ts.mjs scripts/model/explanations.ts PHOTOS [--limit N] [--write]
 *
 * PHOTOS/idrid-lesions holds NAME.jpg and NAME_lesions.png (bits 1 microaneurysm, 2 haemorrhage, 4 hard exudate, 8 soft exudate, 16 optic disc). With
 * `--write` docs/model/explanations.md and a sheet of IDRiD photographs (CC BY 4.0) are written.
 */
const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string', default: '1000' }, write: { type: 'boolean', default: false } },
});
const folder = positionals[0];
if (folder === undefined) throw new Error('usage: explanations.ts PHOTOS [--limit N] [--write]');
const lesionFolder = resolve(folder, 'idrid-lesions');

/** Every sign of retinopathy; the disc is none. */
const LESIONS = 0b1111;
/** Maps and lesions are compared on this many points a side. */
const GRID = 192;
const SHIFT_PX = 5;
const RANDOM_HEADS = 20;
const SHEET = { photographs: 12, tilePx: 260 };

const { files } = await readBundle(resolve('resources/models/starter'));
const model = await loadModel(files, 'onnx', 2);
const { graph, weights } = parseNetwork(files.modelJson, files.weights);
const sizePx = model.card.inputSizePx;
const { head, temperature, operatingPoints } = model.card;
const threshold = operatingPoints?.screening.threshold ?? 1;
const direction = head === null ? [] : REFERABLE_DIRECTION[head];

interface Map2d {
  rows: number;
  columns: number;
  values: Float32Array;
}

interface Looked {
  name: string;
  p2: number;
  map: Map2d;
  /** |mean of the map - logit|. */
  remainder: number;
  randomised: number;
  flipped: number;
  shifted: number;
  /** Share of the retina that is lesion; share of the positive evidence on lesions; the same of the centred map. */
  area: number;
  mass: number;
  centredMass: number;
  hit: boolean;
  centredHit: boolean;
  /** Chance of a random point to hit. */
  randomHit: number;
  located: LocatedImage;
  lesions: Uint8Array;
}

/** The map of what the network answered, with these weights for its head. */
function mapOf({ featureMap, embedding }: Forward, headWeights: Weights): Map2d {
  const { rows, columns, values } = featureMap;
  return { rows, columns, values: evidenceMap(values, rows, columns, evidenceFor(graph, headWeights, embedding, direction)) };
}

/** The same head with weights drawn anew, as large as the learnt ones: a map that stays as it is does not show what was learnt. */
function withRandomHead(all: Weights, seed: number): Weights {
  const kernel = weightOf(all, 'head/kernel');
  const spread = Math.sqrt(mean([...kernel.values].map((value) => value * value)));
  const random = seededRandom(seed);
  return new Map([...all, ['head/kernel', { ...kernel, values: kernel.values.map(() => bell(random) * spread) }]]);
}

/** Pixels of a square moved or mirrored; what comes in from outside is black, as outside the retina. */
function moved(input: Float32Array, source: (x: number, y: number) => readonly [number, number]): Float32Array {
  const black = toNetworkInput(new Uint8Array(1))[0] ?? 0;
  const result = new Float32Array(input.length).fill(black);
  for (let y = 0; y < sizePx; y += 1) {
    for (let x = 0; x < sizePx; x += 1) {
      const [fromX, fromY] = source(x, y);
      if (fromX < 0 || fromY < 0 || fromX >= sizePx || fromY >= sizePx) continue;
      const from = (fromY * sizePx + fromX) * 3;
      result.set(input.subarray(from, from + 3), (y * sizePx + x) * 3);
    }
  }
  return result;
}

/** Bilinear between the middles of the cells, at a share of width and height; `offset` in cells. */
function valueAt({ rows, columns, values }: Map2d, across: number, down: number): number {
  const column = Math.min(Math.max(across * columns - 0.5, 0), columns - 1);
  const row = Math.min(Math.max(down * rows - 0.5, 0), rows - 1);
  const [left, top] = [Math.floor(column), Math.floor(row)];
  const cell = (y: number, x: number): number => values[Math.min(y, rows - 1) * columns + Math.min(x, columns - 1)] ?? 0;
  const upper = cell(top, left) * (1 - (column - left)) + cell(top, left + 1) * (column - left);
  const lower = cell(top + 1, left) * (1 - (column - left)) + cell(top + 1, left + 1) * (column - left);
  return upper * (1 - (row - top)) + lower * (row - top);
}

function mirrored({ rows, columns, values }: Map2d): Map2d {
  return {
    rows,
    columns,
    values: values.map((_, index) => values[Math.floor(index / columns) * columns + (columns - 1 - (index % columns))] ?? 0),
  };
}

/** The map as it would lie after the input was moved right and down by these pixels. */
function shifted(map: Map2d, byPx: number): Map2d {
  const share = byPx / sizePx;
  return {
    ...map,
    values: map.values.map((_, index) =>
      valueAt(map, ((index % map.columns) + 0.5) / map.columns - share, (Math.floor(index / map.columns) + 0.5) / map.rows - share),
    ),
  };
}

/** On a GRID x GRID raster of the square: 1 lesion, 0 none; outside the retina 2. */
function lesionsOnSquare({ retina, pixels, shrink }: LocatedImage, mask: { data: Buffer; width: number; height: number }): Uint8Array {
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
function centredMap(rows: number, columns: number): Map2d {
  const values = Float32Array.from({ length: rows * columns }, (_, index) => {
    const [x, y] = [((index % columns) + 0.5) / columns - 0.5, (Math.floor(index / columns) + 0.5) / rows - 0.5];
    return Math.exp(-(x * x + y * y) / (2 * 0.2 * 0.2));
  });
  return { rows, columns, values };
}

/** Share of what speaks for disease that lies on lesions, and whether the strongest cell holds one. */
function onLesions(map: Map2d, lesions: Uint8Array): { mass: number; hit: boolean; randomHit: number } {
  let [on, total] = [0, 0];
  for (const [index, mark] of lesions.entries()) {
    if (mark === 2) continue;
    const value = Math.max(0, valueAt(map, ((index % GRID) + 0.5) / GRID, (Math.floor(index / GRID) + 0.5) / GRID));
    total += value;
    if (mark === 1) on += value;
  }
  const { rows, columns, values } = map;
  const held = Array.from({ length: rows * columns }, () => ({ inside: false, lesion: false }));
  for (const [index, mark] of lesions.entries()) {
    const cell = held[Math.floor((Math.floor(index / GRID) * rows) / GRID) * columns + Math.floor(((index % GRID) * columns) / GRID)];
    if (cell === undefined || mark === 2) continue;
    cell.inside = true;
    if (mark === 1) cell.lesion = true;
  }
  const strongest = values.indexOf(values.reduce((most, value, index) => (held[index]?.inside && value > most ? value : most), -Infinity));
  const inside = held.filter((cell) => cell.inside);
  return {
    mass: total === 0 ? 0 : on / total,
    hit: held[strongest]?.lesion ?? false,
    randomHit: mean(inside.map(({ lesion }) => Number(lesion))),
  };
}

async function look(name: string): Promise<Looked> {
  const located = await locateRetina(await readFile(join(lesionFolder, `${name}.jpg`)));
  const input = toNetworkInput(squareOf(located, sizePx));
  const answer = await model.backend.forward(input, 1);
  const map = mapOf(answer, weights);
  const logit = direction.reduce((sum, weight, output) => sum + weight * (answer.logits[output] ?? 0), 0);
  const flip = moved(input, (x, y) => [sizePx - 1 - x, y]);
  const shift = moved(input, (x, y) => [x - SHIFT_PX, y - SHIFT_PX]);
  const flippedMap = mapOf(await model.backend.forward(flip, 1), weights);
  const shiftedMap = mapOf(await model.backend.forward(shift, 1), weights);
  const { data, info } = await sharp(join(lesionFolder, `${name}_lesions.png`))
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const lesions = lesionsOnSquare(located, { data, width: info.width, height: info.height });
  const inside = lesions.filter((mark) => mark !== 2);
  const real = onLesions(map, lesions);
  const centred = onLesions(centredMap(map.rows, map.columns), lesions);
  return {
    name,
    p2: 1 / (1 + Math.exp(-logit / temperature)),
    map,
    remainder: Math.abs(mean([...map.values]) - logit),
    randomised: mean(randomHeads.map((other) => spearman(map.values, mapOf(answer, other).values))),
    flipped: spearman(map.values, mirrored(flippedMap).values),
    shifted: spearman(shifted(map, SHIFT_PX).values, shiftedMap.values),
    area: mean([...inside].map((mark) => Number(mark === 1))),
    mass: real.mass,
    centredMass: centred.mass,
    hit: real.hit,
    centredHit: centred.hit,
    randomHit: real.randomHit,
    located,
    lesions,
  };
}

const names = (await readdir(lesionFolder))
  .filter((name) => name.endsWith('_lesions.png'))
  .map((name) => name.replace('_lesions.png', ''))
  .sort()
  .slice(0, Number(options.limit));
const randomHeads = Array.from({ length: RANDOM_HEADS }, (_, seed) => withRandomHead(weights, seed + 1));
const looked: Looked[] = [];
for (const name of names) looked.push(await look(name));
const shown = looked.filter(({ p2 }) => p2 >= threshold);
const withLesions = shown.filter(({ area }) => area > 0);

function share(rows: readonly Looked[], of: (row: Looked) => boolean | number): string {
  return percent(mean(rows.map((row) => Number(of(row)))));
}

const checks = table(
  ['check', 'asked for', 'found'],
  [
    [
      'adds up: largest difference between the mean of the map and the logit',
      '<= 1e-4',
      Math.max(...looked.map(({ remainder }) => remainder)).toExponential(1),
    ],
    [
      `changes when the head is drawn anew (${RANDOM_HEADS} heads a photograph): mean Spearman with the real map`,
      'about 0',
      mean(looked.map(({ randomised }) => randomised)).toFixed(3),
    ],
    [
      'stable under a flip: mean Spearman (lowest)',
      '> 0.8',
      `${mean(looked.map(({ flipped }) => flipped)).toFixed(3)} (${Math.min(...looked.map(({ flipped }) => flipped)).toFixed(3)})`,
    ],
    [
      `stable under a shift of ${SHIFT_PX} px: mean Spearman (lowest)`,
      '> 0.8',
      `${mean(looked.map(({ shifted: value }) => value)).toFixed(3)} (${Math.min(...looked.map(({ shifted: value }) => value)).toFixed(3)})`,
    ],
  ],
);
const lesionTable = table(
  ['', 'the map', 'a map of the middle', 'a random map'],
  [
    [
      'pointing game: the strongest cell holds a lesion',
      share(withLesions, ({ hit }) => hit),
      share(withLesions, ({ centredHit }) => centredHit),
      share(withLesions, ({ randomHit }) => randomHit),
    ],
    [
      'share of the positive evidence on lesions',
      share(withLesions, ({ mass }) => mass),
      share(withLesions, ({ centredMass }) => centredMass),
      share(withLesions, ({ area }) => area),
    ],
  ],
);
/** What the table comes to, in words: a map that a blind guess beats must say so. */
function verdict(): string {
  const [hits, centred] = [mean(withLesions.map(({ hit }) => Number(hit))), mean(withLesions.map(({ centredHit }) => Number(centredHit)))];
  const [mass, middle] = [mean(withLesions.map(({ mass: value }) => value)), mean(withLesions.map(({ centredMass }) => centredMass))];
  return [
    hits > centred
      ? 'The strongest cell holds a lesion more often than the middle of the retina does.'
      : 'The strongest cell does **not** hold a lesion more often than the middle of the retina does, where lesions are dense: pointing to the middle would be the better guess. One cell of these maps is not to be trusted.',
    mass > middle
      ? 'More of the evidence lies on lesions than a map of the middle would put there, but not much more: most of it lies beside them.'
      : 'No more of the evidence lies on lesions than a map of the middle would put there.',
  ].join(' ');
}

const page = `# Explanations

Written by \`node scripts/run-ts.mjs scripts/model/explanations.ts PHOTOS --write\`; change the program, not this file. Model: ${model.card.name} (\`${files.id.slice(0, 12)}\`),
${sizePx} px, maps of ${looked[0]?.map.rows ?? 0} x ${looked[0]?.map.columns ?? 0} cells. The map is the class activation map of P(grade >= 2): no gradients, absolute scale, never stretched.

## Sanity checks, ${looked.length} photographs of IDRiD

${checks}

## Against the lesions that experts drew

${withLesions.length} photographs with lesions that the model sends on (of ${looked.length}); microaneurysms, haemorrhages, hard and soft exudates together, widened to a point of a
${GRID} x ${GRID} raster. Lesions cover ${share(withLesions, ({ area }) => area)} of the retina there.

${lesionTable}

${verdict()}

A cell is ${(200 / (looked[0]?.map.columns ?? 1)).toFixed(0)} % of the retina's radius wide: the map says where to look, not what it is. Maps are shown only above the screening threshold, for
maps of retinas without disease mark discs and vessels.

## A sheet to look at

![Photograph, heat map, lesions](explanations.jpg)

Left to right: photograph, heat map as the window draws it, lesions as drawn by experts (white). Photographs: Indian Diabetic Retinopathy Image Dataset (IDRiD), Porwal et al. 2018,
licence CC BY 4.0, scaled and marked by us. ${looked.length} of its segmentation set were measured.
`;

async function tile({ located, map, lesions }: Looked): Promise<Buffer> {
  const { tilePx } = SHEET;
  const raw = { width: tilePx, height: tilePx, channels: 3 as const };
  const photograph = Buffer.from(squareOf(located, tilePx));
  const probabilities = { ...map, values: map.values.map((value) => 1 / (1 + Math.exp(-value / temperature))) };
  const heat = heatPixels(probabilities, false, tilePx);
  for (let at = 3; at < heat.length; at += 4) heat[at] = (heat[at] ?? 0) * 0.7;
  const marks = Buffer.alloc(GRID * GRID * 4);
  for (const [index, mark] of lesions.entries()) if (mark === 1) marks.set([255, 255, 255, 210], index * 4);
  const marked = await sharp(marks, { raw: { width: GRID, height: GRID, channels: 4 } })
    .resize(tilePx, tilePx, { kernel: 'nearest' })
    .png()
    .toBuffer();
  const parts = [
    await sharp(photograph, { raw }).png().toBuffer(),
    await sharp(photograph, { raw })
      .composite([{ input: Buffer.from(heat), raw: { ...raw, channels: 4 } }])
      .png()
      .toBuffer(),
    await sharp(photograph, { raw })
      .composite([{ input: marked }])
      .png()
      .toBuffer(),
  ];
  return sharp({ create: { width: 3 * tilePx, height: tilePx, channels: 3, background: '#000' } })
    .composite(parts.map((input, index) => ({ input, left: index * tilePx, top: 0 })))
    .png()
    .toBuffer();
}

console.log(page);
if (options.write) {
  const every = Math.max(1, looked.length / SHEET.photographs);
  const chosen = Array.from({ length: Math.min(SHEET.photographs, looked.length) }, (_, index) => looked[Math.floor(index * every)]).filter(
    (one) => one !== undefined,
  );
  const tiles = await Promise.all(chosen.map(tile));
  const columns = 2;
  const sheet = sharp({
    create: {
      width: columns * 3 * SHEET.tilePx,
      height: Math.ceil(tiles.length / columns) * SHEET.tilePx,
      channels: 3,
      background: '#000',
    },
  }).composite(
    tiles.map((input, index) => ({ input, left: (index % columns) * 3 * SHEET.tilePx, top: Math.floor(index / columns) * SHEET.tilePx })),
  );
  await writeFile('docs/model/explanations.jpg', await sheet.jpeg({ quality: 80 }).toBuffer());
  await writeFile('docs/model/explanations.md', page);
}
model.backend.dispose();
