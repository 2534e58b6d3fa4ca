import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { locateRetina, squareOf } from '../../electron/engine/images/preprocess';
import { DISC_LOCATOR } from '../../electron/engine/protocol';
import { locateDisc } from '../../electron/engine/quality/disc';
import { QUALITY_SIZE_PX } from '../../electron/engine/quality/features';
import { assessQuality } from '../../electron/engine/quality/gate';
import { wilson } from '../../electron/shared/statistics/intervals';

/**
 * On which side the disc locator sees the optic disc of the development photographs whose eye is known, and how far from the marked disc of IDRiD:
 * node scripts/run-ts.mjs scripts/model/survey-disc.ts PHOTOS [--every N]
 */
const { positionals, values: options } = parseArgs({ allowPositionals: true, options: { every: { type: 'string', default: '1' } } });
const folder = positionals[0];
if (folder === undefined) throw new Error('usage: survey-disc.ts PHOTOS [--every N]');

const THRESHOLDS = [0, 0.6, 0.7, 0.8, 0.9, 0.95];
/** As the warning does: nearer to the middle the disc is on no side. */
const MIDDLE = 0.15;
const WARNED = 0.9;
/** As the warning does: nearer to the middle's height than this the disc is neither above nor below. */
const LEVEL = 0.02;

interface Seen {
  source: string;
  right: boolean;
  confidence: number;
  /** From the middle of the retina in its radii, down is positive. */
  y: number;
}

function share(k: number, n: number): string {
  const { low, high } = wilson(k, n);
  return `${k}/${n} = ${((100 * k) / Math.max(1, n)).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
}

sharp.concurrency(1);
const rows = parse<Record<string, string>>(await readFile(resolve(folder, 'index.csv'), 'utf8'), { columns: true });
const known = rows.filter(({ eye }) => eye === 'left' || eye === 'right' || eye === 'L' || eye === 'R');
const seen: Seen[] = [];
const tally = new Map<string, { photographs: number; gradable: number; none: number }>();
let milliseconds = 0;
for (const { file = '', source = '', eye = '' } of known.filter((_, index) => index % Number(options.every) === 0)) {
  const count = tally.get(source) ?? { photographs: 0, gradable: 0, none: 0 };
  tally.set(source, count);
  count.photographs++;
  const located = await locateRetina(await readFile(resolve(folder, file)));
  const square = squareOf(located, QUALITY_SIZE_PX);
  if (!assessQuality(located, square).gradable) continue;
  count.gradable++;
  const start = performance.now();
  const disc = locateDisc(square);
  milliseconds += performance.now() - start;
  if (disc === null || Math.abs(disc.x) < MIDDLE) {
    count.none++;
    continue;
  }
  seen.push({ source, right: disc.x > 0 === (eye === 'right' || eye === 'R'), confidence: disc.confidence, y: disc.y });
}
console.log(`${DISC_LOCATOR}: ${(milliseconds / Math.max(1, seen.length)).toFixed(2)} ms each`);
for (const [source, { photographs, gradable, none }] of [...tally].sort(([a], [b]) => a.localeCompare(b))) {
  console.log(`\n${source}: ${photographs} photographs with a known eye, ${gradable} gradable, ${none} with a disc on no side`);
  for (const threshold of THRESHOLDS) {
    const sure = seen.filter((each) => each.source === source && each.confidence >= threshold);
    const wrong = sure.filter((each) => !each.right).length;
    console.log(`  confidence >= ${threshold}: said of ${share(sure.length, gradable)}, on the other side ${share(wrong, sure.length)}`);
  }
  // Upright, the disc lies a little above the macula: where it is on the other side and below, the photograph was turned by 180 degrees; mirrored it stays above.
  for (const right of [true, false]) {
    const sure = seen.filter((each) => each.source === source && each.confidence >= WARNED && each.right === right);
    const below = sure.filter(({ y }) => y > LEVEL).length;
    const above = sure.filter(({ y }) => y < -LEVEL).length;
    console.log(`  ${right ? 'own' : 'other'} side: below the middle ${share(below, sure.length)}, above it ${share(above, sure.length)}`);
  }
}
