import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Figures, figuresOf } from '../../electron/services/evaluate/figures';
import type { Auc } from '../../electron/shared/statistics/auc';
import type { Rate } from '../../electron/shared/statistics/operating-points';
import { mean, table } from './document';
import { readScoreSets, type ScoredImage, type ScoreSet } from './scores';

/**
 * How the recipe does on patients and on sources that it was not trained on: node scripts/run-ts.mjs scripts/model/generalisation.ts [--write]
 *
 * From docs/model/scores: `fold-K.csv` (the patients of fold K, by a model trained on the other folds) and `without-SOURCE.csv` (a source, by a model
 * trained on all the others), as scripts/model/keep-scores.ts kept them. With `--write` docs/model/generalisation.md is written.
 */
const { values: options } = parseArgs({ options: { write: { type: 'boolean', default: false } } });
const sets = await readScoreSets(resolve('docs/model/scores'));
const folds = sets.filter(({ name }) => name.startsWith('fold-'));
const leftOut = sets.filter(({ name }) => name.startsWith('without-'));
/** Targets for referable retinopathy, mean of folds; a source that was left out of training has its own. */
const TARGETS: Record<string, number> = { eyepacs: 0.86, 'eyepacs-1024': 0.86, idrid: 0.93, aptos: 0.96 };
const PROLIFERATIVE = 4;
const NONE = '–';

function sourcesOf(images: readonly ScoredImage[]): string[] {
  return [...new Set(images.map(({ source }) => source))].sort();
}

function ofSource(images: readonly ScoredImage[], source: string): ScoredImage[] {
  return images.filter((image) => image.source === source);
}

function area(value: Auc | null): string {
  return value === null ? NONE : `${value.value.toFixed(3)} (${value.low.toFixed(3)}–${value.high.toFixed(3)})`;
}

function rate(value: Rate | null): string {
  return value === null ? NONE : `${value.value.toFixed(3)} (${value.wilson.low.toFixed(3)}–${value.wilson.high.toFixed(3)})`;
}

function size({ cases, positives }: Figures): string {
  return `${cases} (${positives})`;
}

function foldRow(source: string): string[] {
  const figures = folds.map((fold) => figuresOf(ofSource(fold.images, source), fold.thresholds));
  const areas = figures.flatMap(({ auc }) => (auc === null ? [] : [auc.value]));
  const average = (of: (one: Figures) => Rate | null): string => {
    const values = figures.flatMap((one) => of(one)?.value ?? []);
    return values.length === 0 ? NONE : mean(values).toFixed(3);
  };
  return [
    source,
    figures.map(size).join(', '),
    figures.map(({ auc }) => auc?.value.toFixed(3) ?? NONE).join(', '),
    areas.length === 0 ? NONE : mean(areas).toFixed(3),
    TARGETS[source]?.toFixed(2) ?? NONE,
    average(({ screening }) => screening.sensitivity),
    average(({ screening }) => screening.specificity),
  ];
}

function leftOutRows({ name, images, thresholds }: ScoreSet): string[][] {
  const sources = sourcesOf(images);
  const parts = sources.length > 1 ? sources.map((source) => [source, ofSource(images, source)] as const) : [];
  return [[`**${name.replace('without-', '')}**`, images] as const, ...parts].map(([label, of]) => {
    const { auc, screening, ...rest } = figuresOf(of, thresholds);
    return [label, `${rest.cases} (${rest.positives})`, area(auc), rate(screening.sensitivity), rate(screening.specificity)];
  });
}

/** Both a photograph that the gate refused and one above the threshold are sent on. */
function missed({ name, images, thresholds }: ScoreSet): string[][] {
  return images
    .filter(({ grade, gradable, p }) => grade === PROLIFERATIVE && gradable && p !== null && (p[1] ?? 0) < thresholds.screening)
    .map(({ file, source, p }) => [name, file, source, p?.[1]?.toFixed(3) ?? NONE]);
}

const sources = sourcesOf(folds.flatMap(({ images }) => images));
const lost = [...folds, ...leftOut].flatMap(missed);
const page = `# Patients and sources that training never saw

Written by \`node scripts/run-ts.mjs scripts/model/generalisation.ts --write\` from the scores in \`docs/model/scores\`; change the program, not this file. Every
model here was trained by \`netra train\` with the recipe \`starter-left-out\`, which has three quarters of the draws of the one that ships, from a backbone that was taught lesions
on IDRiD (\`docs/decisions/0014-lesions-before-grades.md\`). None of them ships, and no locked test patient is among the photographs. AUC is for grade 2 and above; sensitivity and specificity at the threshold that each model chose on its own calibration part. How to make it again:
[training](training.md).

## Folds

A third of the patients, by a model trained on the other two thirds. Figures of each fold, then their mean.

${folds.length === 0 ? 'Not trained yet.' : table(['source', 'photographs (referable)', 'AUC by fold', 'mean', 'target', 'sensitivity', 'specificity'], sources.map(foldRow))}

## Whole sources left out

${table(['left out', 'photographs (referable)', 'AUC (DeLong 95 %)', 'sensitivity (Wilson 95 %)', 'specificity (Wilson 95 %)'], leftOut.flatMap(leftOutRows))}

## Proliferative eyes missed

${lost.length === 0 ? 'None.' : table(['set', 'file', 'source', 'P(grade ≥ 2)'], lost)}
`;
if (options.write) await writeFile(resolve('docs/model/generalisation.md'), page);
else console.log(page);
