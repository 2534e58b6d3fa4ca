import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { readBundle } from '../../electron/engine/bundle/read';
import type { Evaluation } from '../../electron/services/evaluate/evaluate';
import { writeScores } from './scores';

/**
 * Keeps the scores of an evaluation for `npm run bench -- model`:
 * node scripts/run-ts.mjs scripts/model/keep-scores.ts EVALUATION.json docs/model/scores/SET.csv [--part locked|open|all] [--only FILES.txt] [--for BUNDLE] [--index INDEX.csv]
 *
 * EVALUATION.json is what `netra evaluate --json` wrote; SET is `shipped` for the model that ships, else what the model was: `fold-1`, `without-eyepacs`.
 * `--part` keeps the locked test patients (default), the others, or all; `--only` keeps the files named in a text file, one a line: the photographs that
 * a fold had left out. `--for` names the bundle that these weights became: a card with figures, or with other thresholds, which are taken from it, gives the
 * bundle another id (`npm run bench -- model` proves that the scores are its own). `--index` gives eye, age and sex of each file, where known.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { part: { type: 'string', default: 'locked' }, only: { type: 'string' }, for: { type: 'string' }, index: { type: 'string' } },
});
const [from, to] = positionals;
if (from === undefined || to === undefined)
  throw new Error('usage: keep-scores.ts EVALUATION.json SET.csv [--part locked|open|all] [--only FILES.txt]');
const evaluation = JSON.parse(await readFile(from, 'utf8')) as Evaluation;
const { images } = evaluation;
const bundle = values.for === undefined ? null : await readBundle(values.for);
const modelId = bundle?.files.id ?? evaluation.modelId;
const points = bundle?.card.operatingPoints;
const thresholds = points ? { screening: points.screening.threshold, confirm: points.confirm?.threshold ?? null } : evaluation.thresholds;
const only = values.only === undefined ? null : new Set((await readFile(values.only, 'utf8')).split('\n').map((line) => line.trim()));
const index = new Map(
  values.index === undefined
    ? []
    : parse<Record<string, string>>(await readFile(values.index, 'utf8'), { columns: true }).map((row) => [row['file'], row]),
);
const kept = images.filter(
  ({ locked, file }) => (values.part === 'all' || locked === (values.part === 'locked')) && (only === null || only.has(file)),
);
await mkdir(dirname(resolve(to)), { recursive: true });
await writeScores(to, {
  modelId,
  thresholds,
  images: kept.map((image) => {
    const { eye = '', age = '', sex = '' } = index.get(image.file) ?? {};
    return { ...image, eye: image.eye || eye, age: age === '' ? null : Number(age), sex };
  }),
});
console.log(`${to}: ${kept.length} photographs of ${modelId.slice(0, 12)}`);
