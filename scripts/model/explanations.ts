import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { Forward } from '../../electron/engine/backends/backend';
import { readBundle } from '../../electron/engine/bundle/read';
import { evidenceFor, evidenceMap } from '../../electron/engine/explain/evidence';
import { locateRetina, type LocatedImage, squareOf, toNetworkInput } from '../../electron/engine/images/preprocess';
import type { Weights } from '../../electron/engine/network/graph';
import { weightOf } from '../../electron/engine/network/graph';
import { parseNetwork } from '../../electron/engine/network/layers-topology';
import { loadModel } from '../../electron/engine/screening/model';
import { REFERABLE_DIRECTION } from '../../electron/engine/screening/probabilities';
import { bell, seededRandom } from '../../electron/services/demo/random';
import type { HeatMapGrid } from '../../electron/shared/ipc/types';
import { heatPixels } from '../../renderer/src/features/viewer/heat-colours';
import { mean, percent, spearman, table } from './document';
import {
  agreementAt,
  AS_STRONG,
  centredMap,
  GRID,
  lesionsOnSquare,
  mirrored,
  onLesions,
  type OnLesions,
  shareAsStrong,
  shifted,
  twiceAsFine,
} from './lesion-maps';

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

const SHIFT_PX = 5;
const RANDOM_HEADS = 20;
/** Displacements at which a map is compared with the one of the mirrored photograph, in cells: where they agree best, a cell's middle lies. */
const DISPLACEMENTS = [-0.5, -0.25, 0, 0.25, 0.5];
const SHEET = { photographs: 12, tilePx: 260 };

const { files } = await readBundle(resolve('resources/models/starter'));
const model = await loadModel(files, 'onnx', 2);
const { graph, weights } = parseNetwork(files.modelJson, files.weights);
const sizePx = model.card.inputSizePx;
const { head, temperature, operatingPoints } = model.card;
const threshold = operatingPoints?.screening.threshold ?? 1;
const direction = head === null ? [] : REFERABLE_DIRECTION[head];

interface Looked {
  name: string;
  p2: number;
  map: HeatMapGrid;
  /** |mean of the map - logit|. */
  remainder: number;
  randomised: number;
  flipped: number;
  shifted: number;
  /** Share of the retina that is lesion. */
  area: number;
  onLesions: OnLesions;
  centred: OnLesions;
  /** Agreement with the mirrored photograph's map at each of `DISPLACEMENTS`. */
  displaced: readonly number[];
  /** Of this map and the one of the photograph moved by half a cell, together: what twice the resolution would say. */
  halfCell: OnLesions;
  /** Share of the retina's cells that are as good as the strongest. */
  asStrong: number;
  located: LocatedImage;
  lesions: Uint8Array;
}

/** The map of what the network answered, with these weights for its head. */
function mapOf({ featureMap, embedding }: Forward, headWeights: Weights): HeatMapGrid {
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
  const halfCellPx = Math.round(sizePx / map.columns / 2);
  const half = moved(input, (x, y) => [x - halfCellPx, y - halfCellPx]);
  const halfMap = mapOf(await model.backend.forward(half, 1), weights);
  const { data, info } = await sharp(join(lesionFolder, `${name}_lesions.png`))
    .extractChannel(0)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const lesions = lesionsOnSquare(located, { data, width: info.width, height: info.height });
  const inside = lesions.filter((mark) => mark !== 2);
  return {
    name,
    p2: 1 / (1 + Math.exp(-logit / temperature)),
    map,
    remainder: Math.abs(mean([...map.values]) - logit),
    randomised: mean(randomHeads.map((other) => spearman(map.values, mapOf(answer, other).values))),
    flipped: spearman(map.values, mirrored(flippedMap).values),
    shifted: spearman(shifted(map, SHIFT_PX / sizePx).values, shiftedMap.values),
    area: mean([...inside].map((mark) => Number(mark === 1))),
    onLesions: onLesions(map, lesions),
    centred: onLesions(centredMap(map.rows, map.columns), lesions),
    displaced: DISPLACEMENTS.map((byCells) => agreementAt(map, flippedMap, byCells)),
    halfCell: onLesions(twiceAsFine(map, halfMap), lesions),
    asStrong: shareAsStrong(map, lesions),
    located,
    lesions,
  };
}

// The network was taught on these where lesions are (scripts/model/pretrain_lesions.py): its maps of them prove nothing.
const taught = new Set((await readFile(resolve('docs/model/lesions-taught.txt'), 'utf8')).split('\n'));
const names = (await readdir(lesionFolder))
  .filter((name) => name.endsWith('_lesions.png'))
  .map((name) => name.replace('_lesions.png', ''))
  .filter((name) => !taught.has(name))
  .sort()
  .slice(0, Number(options.limit));
const randomHeads = Array.from({ length: RANDOM_HEADS }, (_, seed) => withRandomHead(weights, seed + 1));
const looked: Looked[] = [];
for (const name of names) looked.push(await look(name));
const shown = looked.filter(({ p2 }) => p2 >= threshold);
const withLesions = shown.filter(({ area }) => area > 0);

function share(rows: readonly Looked[], of: (row: Looked) => number): string {
  return percent(mean(rows.map(of)));
}

function areaOf(of: (row: Looked) => number | null): string {
  return mean(withLesions.flatMap((row) => of(row) ?? [])).toFixed(3);
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
  ['', 'the map', 'twice as fine', 'a map of the middle', 'a random map'],
  [
    [
      'lesion points against the other points of the retina: AUC',
      areaOf(({ onLesions: on }) => on.area),
      areaOf(({ halfCell }) => halfCell.area),
      areaOf(({ centred }) => centred.area),
      '0.500',
    ],
    [
      'share of the positive evidence on lesions',
      share(withLesions, ({ onLesions: on }) => on.mass),
      share(withLesions, ({ halfCell }) => halfCell.mass),
      share(withLesions, ({ centred }) => centred.mass),
      share(withLesions, ({ area }) => area),
    ],
    [
      'pointing game: the strongest cell holds a lesion',
      share(withLesions, ({ onLesions: on }) => on.hit),
      `${share(withLesions, ({ halfCell }) => halfCell.hit)} (cells of a quarter)`,
      share(withLesions, ({ centred }) => centred.hit),
      share(withLesions, ({ onLesions: on }) => on.randomHit),
    ],
  ],
);
const agreements = DISPLACEMENTS.map((_, at) => mean(looked.map(({ displaced }) => displaced[at] ?? 0)));
const bestDisplacement = DISPLACEMENTS[agreements.indexOf(Math.max(...agreements))] ?? 0;
const displacements = table(
  ['displaced by, cells', ...DISPLACEMENTS.map(String)],
  [['mean Spearman', ...agreements.map((agreement) => agreement.toFixed(3))]],
);
/** What the table comes to, in words: a map that a blind guess beats must say so. */
function verdict(): string {
  const of = (value: (row: Looked) => number): number => mean(withLesions.map(value));
  return [
    of(({ onLesions: on }) => on.area ?? 0.5) > of(({ centred }) => centred.area ?? 0.5)
      ? 'Over the whole retina the map ranks lesions above the rest better than a map of the middle does.'
      : 'Over the whole retina the map ranks lesions **no** better than a map of the middle does.',
    of(({ onLesions: on }) => on.hit) > of(({ centred }) => centred.hit)
      ? 'Its strongest cell holds a lesion more often than the middle of the retina does.'
      : 'Its strongest cell does **not** hold a lesion more often than the middle of the retina does, where lesions are dense: one cell of these maps is not to be trusted.',
    of(({ onLesions: on }) => on.mass) > of(({ centred }) => centred.mass)
      ? 'More of the evidence lies on lesions than a map of the middle would put there, but most of it lies beside them.'
      : 'No more of the evidence lies on lesions than a map of the middle would put there.',
  ].join(' ');
}

const page = `# Explanations

Written by \`node scripts/run-ts.mjs scripts/model/explanations.ts PHOTOS --write\`; change the program, not this file. Model: ${model.card.name} (\`${files.id.slice(0, 12)}\`),
${sizePx} px, maps of ${looked[0]?.map.rows ?? 0} x ${looked[0]?.map.columns ?? 0} cells. The map is the class activation map of P(grade >= 2): no gradients, absolute scale, never stretched.

## Sanity checks, ${looked.length} photographs of IDRiD whose drawn lesions taught it nothing

${checks}

## Against the lesions that experts drew

${withLesions.length} photographs with lesions that the model sends on (of ${looked.length}); microaneurysms, haemorrhages, hard and soft exudates together, widened to a point of a
${GRID} x ${GRID} raster. Lesions cover ${share(withLesions, ({ area }) => area)} of the retina there.

${lesionTable}

${verdict()}

On a sick retina ${share(withLesions, ({ asStrong }) => asStrong)} of the cells are within ${AS_STRONG} (log-odds) of the strongest. The map of the mirrored photograph, mirrored back, agrees best where
the middles of cells lie ${bestDisplacement} of a cell from where they are taken to lie (last table). *Twice as fine* is two passes half a cell apart, at twice the cost. Cells less than half inside the retina are left out, as they are when the map is drawn; equally strong ones count by the share that hold a lesion.

${displacements}

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
