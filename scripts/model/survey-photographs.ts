import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { locateRetina, PREPROCESSING_VERSION, squareOf } from '../../electron/engine/images/preprocess';
import { QUALITY_SIZE_PX } from '../../electron/engine/quality/features';
import { assessQuality, GATE_VERSION } from '../../electron/engine/quality/gate';
import { wilson } from '../../electron/shared/statistics/intervals';

/**
 * How the retina finder and the shipped gate do on every development photograph, by source:
 * node scripts/run-ts.mjs scripts/model/survey-photographs.ts PHOTOS [--every N]
 */
const { positionals, values: options } = parseArgs({ allowPositionals: true, options: { every: { type: 'string', default: '1' } } });
const folder = positionals[0];
if (folder === undefined) throw new Error('usage: survey-photographs.ts PHOTOS [--every N]');

/** Less of the visible rim than this on the circle: worth a look. */
const WEAK_SUPPORT = 0.6;

interface Tally {
  photographs: number;
  undecodable: string[];
  withoutRim: string[];
  weak: string[];
  unsqueezed: number;
  notFundus: string[];
  refused: number;
}

const tallies = new Map<string, Tally>();

async function survey(file: string, group: string): Promise<void> {
  const empty: Tally = { photographs: 0, undecodable: [], withoutRim: [], weak: [], unsqueezed: 0, notFundus: [], refused: 0 };
  const tally = tallies.get(group) ?? empty;
  tallies.set(group, tally);
  tally.photographs++;
  try {
    const located = await locateRetina(await readFile(resolve(folder ?? '', file)));
    const quality = assessQuality(located, squareOf(located, QUALITY_SIZE_PX));
    if (located.retina?.source !== 'boundary') tally.withoutRim.push(file);
    else if (located.retina.support < WEAK_SUPPORT) tally.weak.push(file);
    if (located.retina && located.retina.stretch !== 1) tally.unsqueezed++;
    if (quality.kind === 'not-fundus') tally.notFundus.push(file);
    else if (!quality.gradable) tally.refused++;
  } catch (thrown) {
    tally.undecodable.push(`${file} (${String(thrown)})`);
  }
}

function share(k: number, n: number): string {
  const { low, high } = wilson(k, n);
  return `${k}/${n} = ${((100 * k) / Math.max(1, n)).toFixed(2)} % (${(100 * low).toFixed(2)} to ${(100 * high).toFixed(2)})`;
}

sharp.concurrency(1);
const rows = parse<Record<string, string>>(await readFile(resolve(folder, 'index.csv'), 'utf8'), { columns: true });
const wanted = rows.filter((_, index) => index % Number(options.every) === 0);
const start = performance.now();
for (const { file = '', source = '' } of wanted) await survey(file, file.includes('outlier') ? `${source} outliers` : source);
const seconds = (performance.now() - start) / 1000;

console.log(
  `${PREPROCESSING_VERSION}, ${GATE_VERSION}: ${wanted.length} of ${rows.length} photographs, ${((1000 * seconds) / wanted.length).toFixed(1)} ms each`,
);
for (const [group, tally] of [...tallies].sort(([a], [b]) => a.localeCompare(b))) {
  const { photographs, withoutRim, weak, unsqueezed, notFundus, refused, undecodable } = tally;
  console.log(`\n${group}: ${photographs} photographs`);
  console.log(`  undecodable ${share(undecodable.length, photographs)} ${undecodable.slice(0, 5).join(', ')}`);
  console.log(`  no rim found ${share(withoutRim.length, photographs)} ${withoutRim.slice(0, 5).join(', ')}`);
  console.log(`  rim found on less than ${100 * WEAK_SUPPORT} % of it ${share(weak.length, photographs)} ${weak.slice(0, 5).join(', ')}`);
  console.log(`  squeezed, made round ${share(unsqueezed, photographs)}`);
  console.log(`  called no fundus ${share(notFundus.length, photographs)} ${notFundus.slice(0, 5).join(', ')}`);
  console.log(`  retinas refused as not gradable ${share(refused, photographs - notFundus.length - undecodable.length)}`);
}
