import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Figures, figuresOf } from '../../electron/services/evaluate/figures';
import { isHeldBack } from '../../electron/services/train/partitions';
import { type Auc, auc } from '../../electron/shared/statistics/auc';
import type { Rate } from '../../electron/shared/statistics/operating-points';
import { mean, table } from './document';
import { grouped, readScoreSets, SHIPPED, type ScoredImage, type ScoreSet } from './scores';

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
/** The screening point of the model that ships; each fold's own is chosen on a third fewer patients. */
const shippedPoint = sets.find(({ name }) => name === SHIPPED)?.thresholds.screening;
if (shippedPoint === undefined) throw new Error('docs/model/scores/shipped.csv is missing');
/** Share of the fellow eye's logit; the runner-up of Kaggle 2015 gained 0.02 in kappa by both eyes. */
const FELLOW_SHARE = 0.3;
const [SEVERE, PROLIFERATIVE] = [3, 4];
/** What the makers, who are no doctors, see on photographs that folds missed. */
const SEEN: Record<string, string> = {
  'aptos/7a238a1d3cf3.jpg': 'a haemorrhage before the retina at the lower rim',
  'eyepacs/10321_left.jpeg': 'new vessels on the disc',
  'eyepacs-1024/986_left.jpeg': 'fibrous tissue before the retina',
  'odir/4391_right_47_Male_D.jpg': 'nothing, at the 256 px that the source gives',
};
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

function foldRow(label: string, of: (images: readonly ScoredImage[]) => ScoredImage[]): string[] {
  const own = folds.map((fold) => figuresOf(of(fold.images), fold.thresholds));
  const atShipped = folds.map((fold) => figuresOf(of(fold.images), { screening: shippedPoint ?? NaN, confirm: null }));
  const areas = own.flatMap((figures) => (figures.auc === null ? [] : [figures.auc.value]));
  const average = (figures: readonly Figures[], rateOf: (one: Figures) => Rate | null): string => {
    const values = figures.flatMap((one) => rateOf(one)?.value ?? []);
    return values.length === 0 ? NONE : mean(values).toFixed(3);
  };
  return [
    label,
    own.map(size).join(', '),
    own.map((figures) => figures.auc?.value.toFixed(3) ?? NONE).join(', '),
    areas.length === 0 ? NONE : mean(areas).toFixed(3),
    TARGETS[label]?.toFixed(2) ?? NONE,
    ...[own, atShipped].map(
      (figures) =>
        `${average(figures, ({ screening }) => screening.sensitivity)} / ${average(figures, ({ screening }) => screening.specificity)}`,
    ),
  ];
}

interface Eyes {
  own: number[];
  raised: number[];
  referable: boolean[];
}

/** Log-odds of both eyes of every patient who has one photograph of each: as they are, and raised by the fellow's where that is higher. */
function eyesOf(images: readonly ScoredImage[]): Eyes[] {
  const patients = grouped(
    images.filter(({ p, eye }) => p !== null && eye !== ''),
    ({ patient }) => patient,
  );
  return [...patients.values()]
    .filter((photographs) => photographs.length === 2 && photographs[0]?.eye !== photographs[1]?.eye)
    .map((photographs) => {
      const own = photographs.map(({ p }) => Math.log((p?.[1] ?? NaN) / (1 - (p?.[1] ?? NaN))));
      const worse = Math.max(...own);
      return {
        own,
        raised: own.map((logit) => logit + FELLOW_SHARE * (worse - logit)),
        referable: photographs.map(({ referable }) => referable),
      };
    });
}

function fellowRow(name: string, source: string, images: readonly ScoredImage[]): string[] {
  const eyes = eyesOf(images);
  const anyReferable = eyes.map(({ referable }) => referable.includes(true));
  const value = (scores: readonly number[], positive: readonly boolean[]): string => auc(scores, positive)?.value.toFixed(3) ?? NONE;
  const byEye = eyes.flatMap(({ referable }) => referable);
  const blended = eyes.map(({ own }) => (1 - FELLOW_SHARE) * Math.max(...own) + FELLOW_SHARE * Math.min(...own));
  return [
    name,
    source,
    `${eyes.length} (${anyReferable.filter(Boolean).length})`,
    value(
      eyes.flatMap(({ own }) => own),
      byEye,
    ),
    value(
      eyes.flatMap(({ raised }) => raised),
      byEye,
    ),
    value(
      eyes.map(({ own }) => Math.max(...own)),
      anyReferable,
    ),
    value(blended, anyReferable),
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

function areaValue(images: readonly ScoredImage[]): number | null {
  const scored = images.filter(({ p }) => p !== null);
  return (
    auc(
      scored.map(({ p }) => p?.[1] ?? NaN),
      scored.map(({ referable }) => referable),
    )?.value ?? null
  );
}

/** The same photographs, fold by fold, by the fold's model and by the one that had the whole source left out: mean AUC of either. */
function worthRow(set: ScoreSet, source: string): string[] {
  const pairs = folds.flatMap((fold) => {
    const seen = ofSource(fold.images, source);
    const files = new Set(seen.map(({ file }) => file));
    const [trained, leftOutOf] = [areaValue(seen), areaValue(set.images.filter(({ file }) => files.has(file)))];
    return trained === null || leftOutOf === null ? [] : [[trained, leftOutOf] as const];
  });
  return [source, mean(pairs.map(([trained]) => trained)).toFixed(3), mean(pairs.map(([, left]) => left)).toFixed(3)];
}

/** What taught the backbone (pretrain_lesions.py): of these sources the open patients outside the calibration part, those of a fold or a source left out included. */
const BACKBONE_SOURCES = ['aptos', 'idrid', 'odir'];
const BACKBONE_HELD_BACK = 0.15;

/** What of a fold or a source left out the backbone had not seen either. */
function unseenRow({ name, images }: ScoreSet, source: string): string[] {
  const unseen = ofSource(images, source).filter(({ patient, p }) => p !== null && isHeldBack(patient, BACKBONE_HELD_BACK));
  const found = auc(
    unseen.map(({ p }) => p?.[1] ?? NaN),
    unseen.map(({ referable }) => referable),
  );
  return [name, source, `${unseen.length} (${found?.positives ?? 0})`, area(found)];
}

/** How many photographs of a grade the folds send on at their own points, of how many. */
function found(grade: number): string {
  const rows = folds.flatMap(({ images, thresholds }) =>
    images
      .filter((image) => image.grade === grade)
      .map(({ gradable, p }) => !gradable || p === null || (p[1] ?? 0) >= thresholds.screening),
  );
  return `${rows.filter(Boolean).length} of ${rows.length}`;
}

/** Both a photograph that the gate refused and one above the threshold are sent on. */
function missed({ name, images, thresholds }: ScoreSet): string[][] {
  return images
    .filter(({ grade, gradable, p }) => grade === PROLIFERATIVE && gradable && p !== null && (p[1] ?? 0) < thresholds.screening)
    .map(({ file, source, p }) => [name, file, source, p?.[1]?.toFixed(3) ?? NONE, SEEN[file] ?? '']);
}

const sources = sourcesOf(folds.flatMap(({ images }) => images));
const fellows = [...folds, ...leftOut].flatMap(({ name, images }) =>
  sourcesOf(images)
    .filter((source) => eyesOf(ofSource(images, source)).some(({ referable }) => referable.includes(true)))
    .map((source) => fellowRow(name, source, ofSource(images, source))),
);
const worth = leftOut.flatMap((set) =>
  sourcesOf(set.images)
    .filter((source) => areaValue(ofSource(set.images, source)) !== null)
    .map((source) => worthRow(set, source)),
);
const unseen = [...folds, ...leftOut].flatMap((set) =>
  sourcesOf(set.images)
    .filter((source) => BACKBONE_SOURCES.includes(source))
    .map((source) => unseenRow(set, source)),
);
const lost = [...folds, ...leftOut].flatMap(missed);
const page = `# Patients and sources that training never saw

Written by \`node scripts/run-ts.mjs scripts/model/generalisation.ts --write\` from the scores in \`docs/model/scores\`; change the program, not this file. Every
model here was trained by \`netra train\` with the recipe \`starter-left-out\`, which has three quarters of the draws of the one that ships, from a backbone that was taught lesions
on IDRiD (\`docs/decisions/0014-lesions-before-grades.md\`). **Of what the training did not see the backbone had seen a part**: 33 photographs of IDRiD with drawn lesions, and healthy ones of APTOS, IDRiD and ODIR as having
none (open patients outside the calibration part). Only EyePACS is wholly new to the model that leaves it out; for the others the photographs new to both are given apart. None of them ships, and no locked test patient is among the photographs. AUC is for grade 2 and above; sensitivity and specificity at the threshold that each model chose on its own calibration part. How to make it again:
[training](training.md).

## Folds

A third of the patients, by a model trained on the other two thirds. Figures of each fold, then their mean; sensitivity / specificity, mean of folds, at each fold's own
screening point and at that of the model that ships (${shippedPoint.toFixed(3)}).

${
  folds.length === 0
    ? 'Not trained yet.'
    : table(
        ['source', 'photographs (referable)', 'AUC by fold', 'mean', 'target', 'own point', 'shipped point'],
        [foldRow('all', (images) => [...images]), ...sources.map((source) => foldRow(source, (images) => ofSource(images, source)))],
      )
}

## Whole sources left out

${table(['left out', 'photographs (referable)', 'AUC (DeLong 95 %)', 'sensitivity (Wilson 95 %)', 'specificity (Wilson 95 %)'], leftOut.flatMap(leftOutRows))}

The same photographs, mean AUC of the folds: trained on two thirds of every source, this one too, and on all of the others without it.

${table(['source', 'with it', 'without it'], worth)}

## New to the backbone, too

The photographs of folds and left-out sources that the backbone had not seen either; others of the same cameras it had. EyePACS is not among them: the backbone saw none of it.

${table(['set', 'source', 'photographs (referable)', 'AUC (DeLong 95 %)'], unseen)}

## What the fellow eye would add

Patients with one photograph of each eye. AUC by photograph: on its own, and raised by ${FELLOW_SHARE} of the way to the fellow's log-odds where those are higher. AUC by
patient: the worse eye, and ${1 - FELLOW_SHARE} of the worse with ${FELLOW_SHARE} of the better one.

${table(['set', 'source', 'patients (with a referable eye)', 'photograph: own', 'raised', 'patient: worse eye', 'both'], fellows)}

A healthy eye beside a sick one becomes more suspect, which is right more often than not; but its owner is sent on already. Who is sent on depends on the worse eye alone, and
there the fellow adds nothing that holds from set to set: an eye's result rests on that eye.

## Proliferative eyes missed

The folds send on ${found(PROLIFERATIVE)} photographs of proliferative eyes and ${found(SEVERE)} of severe ones; a photograph that the gate refuses is sent on.

${lost.length === 0 ? 'None.' : table(['set', 'file', 'source', 'P(grade ≥ 2)', 'seen on it'], lost)}
`;
if (options.write) await writeFile(resolve('docs/model/generalisation.md'), page);
else console.log(page);
