import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { foldOf } from '../../electron/services/train/partitions';

/**
 * The list for `netra train` and `netra evaluate` from the index of the development photographs:
 * node scripts/run-ts.mjs scripts/model/fundus-list.ts INDEX.csv OUT.csv [--without SOURCE,SOURCE | --only SOURCE,SOURCE] [--without-fold K/N | --only-fold K/N]
 *
 * Sources and folds are left out to train and kept alone to test: fold K of N (1..N) holds every Nth patient, so both eyes lie in one fold.
 * Other eye diseases count as not referable for retinopathy (hard negatives); their grade stays blank. Originals at full size stand
 * twice in the set and photographs without a grade say nothing: both are left out.
 */
const TRAINED_ON = ['aptos', 'eyepacs', 'eyepacs-1024', 'idrid', 'odir'];
const OTHER_DISEASE = 'odir-other-disease';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    without: { type: 'string' },
    only: { type: 'string' },
    'without-fold': { type: 'string' },
    'only-fold': { type: 'string' },
  },
});
const [index, out] = positionals;
if (index === undefined || out === undefined)
  throw new Error('usage: fundus-list.ts INDEX.csv OUT.csv [--without SOURCES | --only SOURCES] [--without-fold K/N | --only-fold K/N]');

function inFold(patient: string, fold: string): boolean {
  const [which, folds] = fold.split('/').map(Number);
  if (!which || !folds || which > folds) throw new Error(`${fold} is no fold: K/N, K from 1 to N`);
  return foldOf(patient, folds) === which - 1;
}

function wanted(source: string, patient: string): boolean {
  const { without, only, 'without-fold': withoutFold, 'only-fold': onlyFold } = values;
  if (without?.split(',').includes(source)) return false;
  if (only !== undefined && !only.split(',').includes(source)) return false;
  if (withoutFold !== undefined && inFold(patient, withoutFold)) return false;
  return onlyFold === undefined || inFold(patient, onlyFold);
}

const rows = parse<Record<string, string>>(await readFile(index, 'utf8'), { columns: true }).flatMap(
  ({ file, patient, source, eye, grade, referable }) => {
    if (source === undefined || patient === undefined || !wanted(source, patient)) return [];
    if (source === OTHER_DISEASE) return [{ file, patient, source, eye, grade: '', referable: '0' }];
    if (!TRAINED_ON.includes(source)) return [];
    return [{ file, patient, source, eye, grade, referable }];
  },
);
await writeFile(out, stringify(rows, { header: true }));
console.log(`${out}: ${rows.length} photographs`);
