import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { readBundle } from '../../electron/engine/bundle/read';
import { figuresOf } from '../../electron/services/evaluate/figures';
import type { Auc } from '../../electron/shared/statistics/auc';
import type { Rate } from '../../electron/shared/statistics/operating-points';
import { bandOf, TOO_FEW } from './card-metrics';
import { table } from './document';
import { readScores, type ScoredImage, SHIPPED } from './scores';
import { womenAndMen } from './women-and-men';

/**
 * The shipped model by age band, sex, source, eye and quality, on locked test patients, and every proliferative eye that it misses:
 * node scripts/run-ts.mjs scripts/model/fairness.ts PHOTOS [--write]
 *
 * Scores, age, sex and eye from docs/model/scores/shipped.csv, graders' quality from PHOTOS/index.csv. With `--write` docs/model/fairness.md is written.
 */
const { positionals, values: options } = parseArgs({ allowPositionals: true, options: { write: { type: 'boolean', default: false } } });
const folder = positionals[0];
if (folder === undefined) throw new Error('usage: fairness.ts PHOTOS [--write]');
const { files, card } = await readBundle(resolve('resources/models/starter'));
const { images, thresholds } = await readScores(resolve('docs/model/scores', `${SHIPPED}.csv`));
const index = new Map(
  parse<Record<string, string>>(await readFile(join(folder, 'index.csv'), 'utf8'), { columns: true }).map((row) => [row['file'], row]),
);
const locked = images.filter((image) => image.locked);

function qualityOf(image: ScoredImage): string {
  return index.get(image.file)?.['quality'] ?? '';
}

function area(value: Auc | null, enough: boolean): string {
  return value === null || !enough ? 'too few' : `${value.value.toFixed(3)} (${value.low.toFixed(3)}–${value.high.toFixed(3)})`;
}

function rate(value: Rate | null): string {
  return value === null || value.of < TOO_FEW
    ? 'too few'
    : `${value.value.toFixed(3)} (${value.wilson.low.toFixed(3)}–${value.wilson.high.toFixed(3)})`;
}

function groupTable(title: string, groupOf: (image: ScoredImage) => string, of: readonly ScoredImage[]): string {
  const names = [...new Set(of.map(groupOf))].filter((name) => name !== '').sort();
  const rows = names.map((name) => {
    const figures = figuresOf(
      of.filter((image) => groupOf(image) === name),
      thresholds,
    );
    const enough = figures.positives >= TOO_FEW && figures.cases - figures.positives >= TOO_FEW;
    const { sensitivity, specificity } = figures.screening;
    return [name, `${figures.cases} (${figures.positives})`, area(figures.auc, enough), rate(sensitivity), rate(specificity)];
  });
  if (rows.length === 0) return '';
  return `## ${title}\n\n${table(['', 'photographs (referable)', 'AUC', 'sensitivity', 'specificity'], rows)}\n`;
}

const known = locked.filter((image) => bandOf(image) !== '');
const proliferative = images.filter(({ grade }) => grade === 4);
const missed = proliferative.filter(({ p }) => p !== null && (p[1] ?? 0) < thresholds.screening);
const missedRows = missed.map(({ file, source, p, gradable, locked: isLocked }) => [
  file,
  source,
  p?.[1]?.toFixed(4) ?? '–',
  gradable ? 'let through' : 'refused: sent on',
  isLocked ? 'locked test patient' : 'other',
]);
const page = `# Fairness and limits

Written by \`node scripts/run-ts.mjs scripts/model/fairness.ts PHOTOS --write\`; change the program, not this file. Model: ${card.name} (\`${files.id.slice(0, 12)}\`), locked test
patients (${locked.length} photographs), screening point ${thresholds.screening.toFixed(3)}. Intervals 95 %: DeLong for the AUC, Wilson for the rates. "Too few": under ${TOO_FEW} of a class.
Age and sex are known for ODIR alone (${known.length} photographs), whose grades are derived from diagnoses: these rows compare groups within it, they do not compare it with others.

${[
  groupTable('By age', bandOf, known),
  groupTable('By sex', (image) => image.sex.toLowerCase(), known),
  womenAndMen(known),
  groupTable('By source', (image) => image.source, locked),
  groupTable('By eye, where known', (image) => image.eye, locked),
  groupTable('By quality, where graders said so', (image) => qualityOf(image), locked),
  groupTable('By the gate', (image) => (image.gradable ? 'readable' : 'refused'), locked),
]
  .filter((text) => text !== '')
  .join('\n')}
## Proliferative eyes missed

${missed.length} of ${proliferative.length} photographs of grade 4 in the stored scores lie below the screening point.
${missed.length === 0 ? '' : `\n${table(['file', 'source', 'P(grade >= 2)', 'gate', 'patients'], missedRows)}\n`}
## Never tested

Children (under 18: a doctor's read only), handheld cameras, treated eyes (laser scars, injections), eyes after surgery, and people of other regions than those of the sources: China (ODIR), India
(APTOS, IDRiD), the United States (EyePACS). Nothing is known of skin colour, of type or length of diabetes, or of how the patients were chosen.
`;
console.log(page);
if (options.write) await writeFile('docs/model/fairness.md', page);
