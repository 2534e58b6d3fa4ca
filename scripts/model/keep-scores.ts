import { mkdir, readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Evaluation } from '../../electron/services/evaluate/evaluate';
import { writeScores } from './scores';

/**
 * Keeps the scores of an evaluation for `npm run bench -- model`:
 * node scripts/run-ts.mjs scripts/model/keep-scores.ts EVALUATION.json docs/model/scores/SET.csv [--part locked|open|all] [--only FILES.txt]
 *
 * EVALUATION.json is what `netra evaluate --json` wrote; SET is `shipped` for the model that ships, else what the model was: `fold-1`, `without-eyepacs`.
 * `--part` keeps the locked test patients (default), the others, or all; `--only` keeps the files named in a text file, one a line: the photographs that
 * a fold had left out.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { part: { type: 'string', default: 'locked' }, only: { type: 'string' } },
});
const [from, to] = positionals;
if (from === undefined || to === undefined)
  throw new Error('usage: keep-scores.ts EVALUATION.json SET.csv [--part locked|open|all] [--only FILES.txt]');
const { modelId, thresholds, images } = JSON.parse(await readFile(from, 'utf8')) as Evaluation;
const only = values.only === undefined ? null : new Set((await readFile(values.only, 'utf8')).split('\n').map((line) => line.trim()));
const kept = images.filter(
  ({ locked, file }) => (values.part === 'all' || locked === (values.part === 'locked')) && (only === null || only.has(file)),
);
await mkdir(dirname(resolve(to)), { recursive: true });
await writeScores(to, { modelId, thresholds, images: kept });
console.log(`${to}: ${kept.length} photographs of ${modelId.slice(0, 12)}`);
