import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

/**
 * The list for `netra train` and `netra evaluate` from the index of the development photographs:
 * node scripts/run-ts.mjs scripts/model/fundus-list.ts INDEX.csv OUT.csv [--without SOURCE,SOURCE]
 *
 * Other eye diseases count as not referable for retinopathy (hard negatives); their grade stays blank. Originals at full size stand
 * twice in the set and photographs without a grade say nothing: both are left out.
 */
const TRAINED_ON = ['aptos', 'eyepacs', 'eyepacs-1024', 'idrid', 'odir'];
const OTHER_DISEASE = 'odir-other-disease';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { without: { type: 'string', default: '' } } });
const [index, out] = positionals;
if (index === undefined || out === undefined) throw new Error('usage: fundus-list.ts INDEX.csv OUT.csv [--without SOURCE,SOURCE]');

const without = new Set(values.without.split(','));
const rows = parse<Record<string, string>>(await readFile(index, 'utf8'), { columns: true }).flatMap(
  ({ file, patient, source, eye, grade, referable }) => {
    if (source === undefined || without.has(source)) return [];
    if (source === OTHER_DISEASE) return [{ file, patient, source, eye, grade: '', referable: '0' }];
    if (!TRAINED_ON.includes(source)) return [];
    return [{ file, patient, source, eye, grade, referable }];
  },
);
await writeFile(out, stringify(rows, { header: true }));
console.log(`${out}: ${rows.length} photographs`);
