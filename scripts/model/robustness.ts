import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import sharp, { type Sharp } from 'sharp';
import { readBundle } from '../../electron/engine/bundle/read';
import { decodeImage } from '../../electron/engine/images/decode';
import { findRetina } from '../../electron/engine/images/find-retina';
import { GATE_VERSION } from '../../electron/engine/quality/gate';
import { loadModel } from '../../electron/engine/screening/model';
import { prepareImage } from '../../electron/engine/screening/prepare';
import type { EvaluatedImage } from '../../electron/services/evaluate/evaluate';
import { auc } from '../../electron/shared/statistics/auc';
import { atThreshold } from '../../electron/shared/statistics/operating-points';
import { percent, table } from './document';
import { readScores, SHIPPED } from './scores';

/**
 * What spoils a photograph, and what model and gate make of it together: the same photographs blurred, darkened, compressed, tinted, cropped and turned,
 * through decoder, gate and network as in screening:
 * node scripts/run-ts.mjs scripts/model/robustness.ts PHOTOS [--sample N] [--write]
 *
 * Photographs of locked test patients, half of them referable, from docs/model/scores/shipped.csv. With `--write` docs/model/robustness.md is written.
 */
const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: 'string', default: '160' }, write: { type: 'boolean', default: false } },
});
const folder = positionals[0];
if (folder === undefined) throw new Error('usage: robustness.ts PHOTOS [--sample N] [--write]');

interface Raw {
  data: Buffer;
  width: number;
  height: number;
  /** Of the retina, pixels. */
  radius: number;
}
type Spoil = (image: Raw, level: number) => Sharp;

function open({ data, width, height }: Raw): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Levels from harmless to hopeless. */
const SPOILS: readonly { name: string; unit: string; levels: readonly number[]; spoil: Spoil; quality?: (level: number) => number }[] = [
  {
    name: 'blur',
    unit: 'sigma, % of the radius',
    levels: [0.25, 0.5, 1, 2, 4],
    spoil: (image, level) => open(image).blur(Math.max(0.3, (image.radius * level) / 100)),
  },
  { name: 'darkness', unit: 'light left', levels: [0.7, 0.5, 0.35, 0.2, 0.1], spoil: (image, level) => open(image).linear(level, 0) },
  { name: 'JPEG', unit: 'quality', levels: [90, 70, 50, 35, 20], spoil: (image) => open(image), quality: (level) => level },
  {
    name: 'colour cast',
    unit: 'red up, blue down by a factor',
    levels: [1.1, 1.25, 1.5, 2],
    spoil: (image, level) => open(image).linear([level, 1, 1 / level], [0, 0, 0]),
  },
  {
    name: 'colour cast, cold',
    unit: 'red down, blue up by a factor',
    levels: [1.1, 1.25, 1.5, 2],
    spoil: (image, level) => open(image).linear([1 / level, 1, level], [0, 0, 0]),
  },
  {
    name: 'crop',
    unit: 'share of width kept, from the left',
    levels: [0.9, 0.75, 0.6, 0.5],
    spoil: (image, level) => open(image).extract({ left: 0, top: 0, width: Math.round(image.width * level), height: image.height }),
  },
  {
    name: 'rotation',
    unit: 'degrees',
    levels: [5, 45, 90, 180],
    spoil: (image, level) => open(image).rotate(level, { background: '#000' }),
  },
];
const PLAIN_QUALITY = 95;

const { files } = await readBundle(resolve('resources/models/starter'));
const model = await loadModel(files, 'onnx', 2);
const threshold = model.card.operatingPoints?.screening.threshold ?? 1;
const set = await readScores(resolve('docs/model/scores', `${SHIPPED}.csv`));

/** As many referable as not, spread over the sources and the list. */
function chosenOf(images: readonly EvaluatedImage[], count: number): EvaluatedImage[] {
  return [true, false].flatMap((referable) => {
    const of = images.filter((image) => image.locked && image.referable === referable && image.source !== 'odir-other-disease');
    const step = Math.max(1, of.length / (count / 2));
    return Array.from({ length: Math.min(of.length, Math.round(count / 2)) }, (_, index) => of[Math.floor(index * step)]).filter(
      (one) => one !== undefined,
    );
  });
}

interface Answer {
  referable: boolean;
  p2: number | null;
  gradable: boolean;
}

async function look(bytes: Uint8Array, referable: boolean): Promise<Answer> {
  const { input, quality } = await prepareImage(bytes, model.card.inputSizePx);
  const p2 = input === null ? null : (await model.predict(input)).p[1];
  return { referable, p2, gradable: quality.gradable };
}

async function rawOf(bytes: Uint8Array): Promise<Raw> {
  const { pixels } = await decodeImage(bytes);
  const { width, height } = pixels;
  const radius = findRetina(pixels)?.circle.radius ?? Math.min(width, height) / 2;
  return { data: Buffer.from(pixels.data), width, height, radius };
}

function row(name: string, answers: readonly Answer[]): string[] {
  const scored = answers.flatMap(({ p2, referable, gradable }) => (p2 === null ? [] : [{ p2, referable, gradable }]));
  const readable = scored.filter(({ gradable }) => gradable);
  const area = (rows: typeof scored): string => {
    const value = auc(
      rows.map(({ p2 }) => p2),
      rows.map(({ referable }) => referable),
    );
    return value === null ? '–' : `${value.value.toFixed(3)} (${value.low.toFixed(2)}–${value.high.toFixed(2)})`;
  };
  // By intention to screen: what cannot be read is sent on.
  const point = atThreshold(
    answers.map(({ p2, gradable }) => (p2 === null || !gradable ? Number.POSITIVE_INFINITY : p2)),
    answers.map(({ referable }) => referable),
    threshold,
  );
  const missed = answers.filter(({ referable, gradable, p2 }) => referable && gradable && p2 !== null && p2 < threshold).length;
  return [
    name,
    area(scored),
    area(readable),
    percent(answers.filter(({ gradable }) => !gradable).length / Math.max(1, answers.length)),
    point.sensitivity?.value.toFixed(3) ?? '–',
    point.specificity?.value.toFixed(3) ?? '–',
    String(missed),
  ];
}

const chosen = chosenOf(set.images, Number(options.sample));
const plain: Answer[] = [];
const bySpoil = new Map<string, Answer[]>();
for (const [index, { file, referable }] of chosen.entries()) {
  const original = await readFile(join(folder, file));
  plain.push(await look(original, referable));
  const raw = await rawOf(original);
  for (const { name, levels, spoil, quality } of SPOILS) {
    for (const level of levels) {
      const bytes = await spoil(raw, level)
        .jpeg({ quality: quality?.(level) ?? PLAIN_QUALITY })
        .toBuffer();
      const key = `${name} ${level}`;
      bySpoil.set(key, [
        ...(bySpoil.get(key) ?? []),
        await look(bytes, referable).catch((): Answer => ({ referable, p2: null, gradable: false })),
      ]);
    }
  }
  if (index % 4 === 0) console.error(`${index + 1} of ${chosen.length}`);
}
model.backend.dispose();

const head = [
  '',
  'AUC, all that are scored',
  'AUC, what the gate lets through',
  'refused by the gate',
  'sensitivity',
  'specificity',
  'referable, let through and missed',
];
const rows = [
  row('as they are', plain),
  ...SPOILS.flatMap(({ name, unit, levels }) =>
    levels.map((level) => row(`${name}: ${level} (${unit})`, bySpoil.get(`${name} ${level}`) ?? [])),
  ),
];
const page = `# Robustness

Written by \`node scripts/run-ts.mjs scripts/model/robustness.ts PHOTOS --write\`; change the program, not this file. Model: ${model.card.name} (\`${files.id.slice(0, 12)}\`),
gate \`${GATE_VERSION}\`, screening point ${threshold.toFixed(3)}.

${chosen.length} photographs of locked test patients (${chosen.filter(({ referable }) => referable).length} referable), each spoilt in ${rows.length - 1} ways, through decoder, gate and network as in screening. Sensitivity and
specificity by intention to screen: what the gate refuses is sent on. Where the AUC of what is scored falls, the gate should refuse; the last column counts where both failed: referable, let through, and below the screening point.

${table(head, rows)}

Crops keep the left part of the photograph. Rotation turns the whole frame, so that its corners turn black. Intervals: DeLong, 95 %;
with so few photographs rows that differ by less than 0.05 say the same.
`;
console.log(page);
if (options.write) await writeFile('docs/model/robustness.md', page);
