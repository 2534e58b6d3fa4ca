import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { format } from 'prettier';
import { locateRetina, PREPROCESSING_VERSION, squareOf } from '../../electron/engine/images/preprocess';
import { FEATURE_NAMES, measureFeatures, QUALITY_SIZE_PX, type FeatureName, type Features } from '../../electron/engine/quality/features';
import { dot, sigmoid, standardised, type GateModel } from '../../electron/engine/quality/gate-model';
import { judge, retinaProbability } from '../../electron/engine/quality/gate';
import { auc } from '../../electron/shared/statistics/auc';
import { wilson } from '../../electron/shared/statistics/intervals';
import { seededRandom } from '../../electron/services/demo/random';
import { degrade, DEGRADATIONS, tint, TINTS } from './degrade';
import { fitLogistic } from './logistic';
import { NOT_FUNDUS_KINDS, paintNotFundus } from './not-fundus';

/**
 * Fits the quality gate on the labelled photographs (EyeQ: good, usable, bad; DRIMDB: good, bad, outlier) and on painted pictures
 * that are no retina, prints what it reaches by patient-wise folds, and writes resources/quality/gate-2.json:
 * node scripts/run-ts.mjs scripts/model/fit-gate.ts PHOTOS [--features CACHE.json] [--dry]
 */
const { positionals, values: options } = parseArgs({
  allowPositionals: true,
  options: { features: { type: 'string' }, dry: { type: 'boolean', default: false } },
});
const photos = positionals[0];
if (photos === undefined) throw new Error('usage: fit-gate.ts PHOTOS [--features CACHE.json] [--dry]');

const VERSION = 'netra-gate-2';
const OUTPUT = 'resources/quality/gate-2.json';
const FOLDS = 5;
const REPEATS = 3;
/** Chosen by folds from 1 to 100; both curves are flat around them. */
const QUALITY_RIDGE = 5;
const RETINA_RIDGE = 10;
/** At most this share of usable photographs may be refused. */
const USABLE_REFUSED = 0.1;
const PAINTINGS_PER_KIND = 40;
/** Real pictures that are no retina are few (13): each counts as this many painted ones. */
const OUTLIER_WEIGHT = 8;
const LEAST_RETINA_PROBABILITY = 0.75;
/** Of the field in the frame: cameras that cut the field themselves leave 0.68 and more (DRIMDB, EyePACS at 400 px). */
const LEAST_AREA_IN_FRAME = 2 / 3;
/** Radii; of 2,242 public photographs two are above it. Those that were cut to 0.6 of their width and look squeezed have 0.22 and more. */
const MOST_OFF_CENTRE = 0.1;
/** Grey levels on a retina of 384 px (quality/rounding.ts): the most compressed source, ODIR at quality 75 and 256 px, has 9 to 11; at quality 70 there (12 to 15) the network's AUC holds, at 50 (20) it falls. */
const MOST_ROUNDING_STEP = 16;

interface Sample {
  file: string;
  source: string;
  patient: string;
  grade: string;
  quality: string;
  features: Features;
  /** How a copy was spoilt or tinted; empty for the photograph itself. */
  copy: string;
}

/** Unlabelled photographs teach only what a retina looks like: a fixed part of the large sources; most of those with other diseases, which look least alike. */
const SHARE_OF_UNLABELLED: Record<string, number> = {
  odir: 0.3,
  'odir-other-disease': 0.6,
  aptos: 0.14,
  eyepacs: 0.25,
  'eyepacs-1024': 0.25,
  idrid: 0.4,
};

function drawn(file: string, share: number): boolean {
  return (createHash('sha256').update(file).digest()[0] as number) / 256 < share;
}

async function measure(bytes: Uint8Array): Promise<Features | null> {
  const located = await locateRetina(bytes);
  return measureFeatures(located, squareOf(located, QUALITY_SIZE_PX));
}

/** Of good photographs one in so many is spoilt, in every way: public data hold few of the gross failures of a camp. */
const DEGRADED_ONE_IN = 4;
/** Spoilt copies teach the gate; they are made, not graded, so each counts less than a graded photograph. */
const DEGRADED_WEIGHT = 0.3;

async function measureDegraded(bytes: Uint8Array, kind: number): Promise<Features | null> {
  const how = DEGRADATIONS[kind] ?? 'blurred';
  const located = await degrade(await locateRetina(bytes), how, bytes.length + kind);
  return measureFeatures(located, squareOf(located, QUALITY_SIZE_PX));
}

/**
 * Tinted copies keep their label and are judged, not trained on: with a weight of 0.5 fewer bad photographs of EyeQ were refused at the same
 * share of usable ones (41 of 67 against 48), for colour says something of haze (docs/model/quality-gate.md).
 */
async function measureTinted(bytes: Uint8Array, kind: number): Promise<Features | null> {
  const tinted = tint(await locateRetina(bytes), TINTS[kind] ?? 'warm', bytes.length + kind);
  return measureFeatures(tinted, squareOf(tinted, QUALITY_SIZE_PX));
}

async function readCache(): Promise<Record<string, Features | null>> {
  if (options.features === undefined) return {};
  try {
    return JSON.parse(await readFile(options.features, 'utf8')) as Record<string, Features | null>;
  } catch {
    return {};
  }
}

async function gather(folder: string): Promise<{ samples: Sample[]; degraded: Sample[]; tinted: Sample[]; paintings: Features[] }> {
  const cache = await readCache();
  const rows = parse<Record<string, string>>(await readFile(resolve(folder, 'index.csv'), 'utf8'), { columns: true });
  const samples: Sample[] = [];
  const degraded: Sample[] = [];
  const tinted: Sample[] = [];
  for (const { file = '', source = '', patient = '', grade = '', quality = '' } of rows) {
    if (quality === '' && !drawn(file, SHARE_OF_UNLABELLED[source] ?? 1)) continue;
    const features = (cache[file] ??= await measure(await readFile(resolve(folder, file))));
    if (features) samples.push({ file, source, patient: patient || basename(file), grade, quality, features, copy: '' });
    else console.log(`nothing in the frame: ${file}`);
    for (let kind = 0; quality !== '' && !file.includes('outlier') && kind < TINTS.length; kind++) {
      const copy = (cache[`${file} ${TINTS[kind]}`] ??= await measureTinted(await readFile(resolve(folder, file)), kind));
      if (copy) tinted.push({ file, source, patient: patient || basename(file), grade, quality, features: copy, copy: TINTS[kind] ?? '' });
    }
    if (quality !== 'good' || !drawn(file, 1 / DEGRADED_ONE_IN)) continue;
    for (let kind = 0; kind < DEGRADATIONS.length; kind++) {
      const spoilt = (cache[`${file} ${DEGRADATIONS[kind]}`] ??= await measureDegraded(await readFile(resolve(folder, file)), kind));
      const how = { source, grade: '', quality: 'bad', copy: DEGRADATIONS[kind] ?? '' };
      if (spoilt) degraded.push({ file, patient: patient || basename(file), ...how, features: spoilt });
    }
  }
  const paintings: Features[] = [];
  for (const kind of NOT_FUNDUS_KINDS) {
    for (let seed = 0; seed < PAINTINGS_PER_KIND; seed++) {
      const features = (cache[`${kind} ${seed}`] ??= await measure(await paintNotFundus(kind, seed)));
      if (features) paintings.push(features);
    }
  }
  if (options.features !== undefined) await writeFile(options.features, JSON.stringify(cache));
  return { samples, degraded, tinted, paintings };
}

function scaleOf(features: readonly Features[]): Pick<GateModel, 'mean' | 'deviation'> {
  const mean = FEATURE_NAMES.map((name) => features.reduce((sum, each) => sum + each[name], 0) / features.length);
  const deviation = FEATURE_NAMES.map((name, index) =>
    Math.sqrt(features.reduce((sum, each) => sum + (each[name] - (mean[index] as number)) ** 2, 0) / features.length + 1e-12),
  );
  return { mean, deviation };
}

function isOutlier(sample: Sample): boolean {
  return sample.file.includes('outlier');
}

function isDegraded(sample: Sample): boolean {
  return DEGRADATIONS.some((how) => how === sample.copy);
}

/** A patient's spoilt copies are trained on only where the patient is. */
function withDegraded(train: readonly Sample[]): Sample[] {
  const patients = new Set(train.map((sample) => sample.patient));
  return [...train, ...degraded.filter((sample) => patients.has(sample.patient))];
}

function isTinted(sample: Sample): boolean {
  return TINTS.some((how) => how === sample.copy);
}

function squared(z: readonly number[]): number[] {
  return [...z, ...z.map((value) => value * value)];
}

/** Patients, shuffled by a seed, dealt into folds. */
function foldsOf(samples: readonly Sample[], seed: number): number[] {
  const random = seededRandom(seed);
  const fold = new Map<string, number>();
  for (const patient of [...new Set(samples.map((sample) => sample.patient))].sort()) fold.set(patient, Math.floor(random() * FOLDS));
  return samples.map((sample) => fold.get(sample.patient) ?? 0);
}

/** Mean over repeated folds of a score that its own patient had no part in. */
function outOfFold(samples: readonly Sample[], fitAndScore: (train: readonly Sample[], test: readonly Sample[]) => number[]): number[] {
  const scores = samples.map(() => 0);
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const folds = foldsOf(samples, 100 + repeat);
    for (let fold = 0; fold < FOLDS; fold++) {
      const inside = samples.flatMap((_, index) => (folds[index] === fold ? [index] : []));
      const given = fitAndScore(
        samples.filter((_, index) => folds[index] !== fold),
        inside.map((index) => samples[index] as Sample),
      );
      inside.forEach((index, at) => (scores[index] = (scores[index] as number) + (given[at] as number) / REPEATS));
    }
  }
  return scores;
}

type Scale = Pick<GateModel, 'mean' | 'deviation'>;

function fitQuality(scale: Scale, samples: readonly Sample[]): { bias: number; weights: number[] } {
  return fitLogistic(
    samples.map((sample) => standardised(scale, sample.features)),
    samples.map((sample) => sample.quality === 'bad'),
    samples.map((sample) => (isDegraded(sample) ? DEGRADED_WEIGHT : 1)),
    QUALITY_RIDGE,
  );
}

function fitRetina(scale: Scale, samples: readonly Sample[], paintings: readonly Features[]): GateModel['retina'] {
  const rows = [...samples.map((sample) => sample.features), ...paintings].map((features) => squared(standardised(scale, features)));
  const positive = rows.map((_, index) => index < samples.length && !isOutlier(samples[index] as Sample));
  const weights = rows.map((_, index) => {
    const sample = samples[index];
    if (!sample) return 1;
    return isOutlier(sample) ? OUTLIER_WEIGHT : isDegraded(sample) ? DEGRADED_WEIGHT : 1;
  });
  const fit = fitLogistic(rows, positive, weights, RETINA_RIDGE);
  const count = FEATURE_NAMES.length;
  return {
    bias: fit.bias,
    weights: fit.weights.slice(0, count),
    squares: fit.weights.slice(count),
    leastProbability: LEAST_RETINA_PROBABILITY,
  };
}

type Side = 'above' | 'below';
const REASON_FEATURES: Record<keyof GateModel['reasons'], [FeatureName, Side][]> = {
  'field-cut': [['areaInFrame', 'below']],
  dark: [
    ['brightness', 'below'],
    ['green50', 'below'],
  ],
  bright: [
    ['lightShare', 'above'],
    ['green5', 'above'],
  ],
  uneven: [
    ['blockMin', 'below'],
    ['darkShare', 'above'],
  ],
  blur: [
    ['coarseMedian', 'below'],
    ['ridgeMedian', 'below'],
    ['ridgeHigh', 'below'],
  ],
  compressed: [],
};
/** A reason starts where 97 of 100 readable photographs end. */
const REASON_TAIL = 0.03;

function limitsFrom(readable: readonly Features[], deviation: (name: FeatureName) => number): GateModel['reasons'] {
  const limit = ([feature, side]: [FeatureName, Side]): GateModel['reasons']['blur'][number] => {
    const sorted = readable.map((features) => features[feature]).sort((a, b) => a - b);
    const at = Math.round((sorted.length - 1) * (side === 'below' ? REASON_TAIL : 1 - REASON_TAIL));
    return { feature, side, beyond: sorted[at] as number, scale: deviation(feature) };
  };
  const entries = Object.entries(REASON_FEATURES).map(([reason, features]) => [reason, features.map(limit)]);
  return Object.fromEntries(entries) as GateModel['reasons'];
}

function share(k: number, n: number): string {
  const { low, high } = wilson(k, n);
  return `${k}/${n} = ${((100 * k) / Math.max(1, n)).toFixed(1)} % (${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)})`;
}

function printAuc(name: string, scores: number[], bad: boolean[]): void {
  const result = auc(scores, bad);
  if (result)
    console.log(
      `${name}: AUC ${result.value.toFixed(3)} (${result.low.toFixed(3)} to ${result.high.toFixed(3)}), ${result.positives} bad, ${result.negatives} others`,
    );
}

function quantile(values: number[], at: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(at * sorted.length))] as number;
}

function rounded(values: readonly number[]): number[] {
  return values.map((value) => Number(value.toPrecision(6)));
}

const { samples, degraded, tinted, paintings } = await gather(photos);
const retinas = samples.filter((sample) => !isOutlier(sample));
const labelled = retinas.filter((sample) => sample.quality !== '' && /^(eyepacs|drimdb)/.test(sample.source));
const scale = scaleOf(retinas.map((sample) => sample.features));
console.log(`${samples.length} photographs, ${labelled.length} with quality labels, ${paintings.length} paintings that are no retina`);

const badness = outOfFold([...labelled, ...tinted], (train, test) => {
  const fit = fitQuality(scale, withDegraded(train.filter((sample) => !isTinted(sample))));
  return test.map((sample) => sigmoid(fit.bias + dot(fit.weights, standardised(scale, sample.features))));
});
const isEyeq = labelled.map((sample) => sample.source.startsWith('eyepacs'));
const pick = (wanted: (sample: Sample, index: number) => boolean): number[] =>
  labelled.flatMap((sample, index) => (wanted(sample, index) ? [index] : []));
const scoresOf = (indices: number[]): number[] => indices.map((index) => badness[index] as number);
const badOf = (indices: number[]): boolean[] => indices.map((index) => labelled[index]?.quality === 'bad');
const report = (name: string, indices: number[]): void => printAuc(name, scoresOf(indices), badOf(indices));
console.log(`\nQuality, ${FOLDS} patient-wise folds, mean of ${REPEATS} deals`);
report(
  'EyeQ, bad against the rest',
  pick((_, index) => isEyeq[index] === true),
);
report(
  'EyeQ at 400 px',
  pick((sample) => sample.source === 'eyepacs'),
);
report(
  'EyeQ at 1024 px',
  pick((sample) => sample.source.startsWith('eyepacs-')),
);
report(
  'EyeQ, bad against usable',
  pick((sample, index) => isEyeq[index] === true && sample.quality !== 'good'),
);
report(
  'DRIMDB, bad against good',
  pick((sample) => sample.source === 'drimdb'),
);
const usable = pick((sample) => sample.quality === 'usable');
const leastScore = Number((1 - quantile(scoresOf(usable), 1 - USABLE_REFUSED)).toFixed(3));
console.log(`gradable from score ${leastScore}: refused`);
for (const quality of ['good', 'usable', 'bad']) {
  for (const source of ['eyepacs', 'drimdb']) {
    const group = pick((sample) => sample.quality === quality && sample.source.startsWith(source));
    if (group.length > 0)
      console.log(`  ${source} ${quality}: ${share(scoresOf(group).filter((bad) => 1 - bad < leastScore).length, group.length)}`);
  }
}
for (const how of TINTS) {
  for (const quality of ['good', 'usable', 'bad']) {
    const group = tinted.flatMap((sample, index) =>
      sample.copy === how && sample.quality === quality && sample.source.startsWith('eyepacs') ? [labelled.length + index] : [],
    );
    console.log(
      `  eyepacs ${quality}, tinted ${how}: ${share(scoresOf(group).filter((bad) => 1 - bad < leastScore).length, group.length)}`,
    );
  }
}

const retinaScores = outOfFold(samples, (train, test) => {
  const fit = fitRetina(scale, withDegraded(train), paintings);
  return test.map((sample) => retinaProbability({ retina: fit }, standardised(scale, sample.features)));
});
console.log('\nNot a fundus, same folds: refused');
const sources = [...new Set(samples.map((sample) => sample.source))].sort();
for (const source of sources) {
  const group = samples.flatMap((sample, index) => (sample.source === source && !isOutlier(sample) ? [index] : []));
  console.log(
    `  ${source}: ${share(group.filter((index) => (retinaScores[index] as number) < LEAST_RETINA_PROBABILITY).length, group.length)}`,
  );
}
const realRetinas = samples.flatMap((sample, index) => (isOutlier(sample) ? [] : [index]));
const outliers = samples.flatMap((sample, index) => (isOutlier(sample) ? [index] : []));
console.log(
  `  drimdb outliers: ${share(outliers.filter((index) => (retinaScores[index] as number) < LEAST_RETINA_PROBABILITY).length, outliers.length)}`,
);

for (const least of [0.3, 0.5, 0.6, LEAST_RETINA_PROBABILITY, 0.9]) {
  const refused = (indices: number[]): string =>
    share(indices.filter((index) => (retinaScores[index] as number) < least).length, indices.length);
  console.log(`  below P(retina) ${least}: ${refused(realRetinas)} of the photographs, ${refused(outliers)} of the outliers`);
}

const { bias, weights } = fitQuality(scale, withDegraded(labelled));
const retina = fitRetina(scale, withDegraded(samples), paintings);
const mostRounding = Number(Math.log(MOST_ROUNDING_STEP).toFixed(3));
const readable = labelled.filter((sample) => sample.quality !== 'bad').map((sample) => sample.features);
const model: GateModel = {
  version: VERSION,
  preprocessing: PREPROCESSING_VERSION,
  features: [...FEATURE_NAMES],
  mean: rounded(scale.mean),
  deviation: rounded(scale.deviation),
  quality: { bias, weights: rounded(weights), leastScore },
  retina: { ...retina, weights: rounded(retina.weights), squares: rounded(retina.squares) },
  limits: { leastAreaInFrame: Number(LEAST_AREA_IN_FRAME.toFixed(3)), mostOffCentre: MOST_OFF_CENTRE, mostRounding },
  reasons: {
    ...limitsFrom(readable, (name) => scale.deviation[FEATURE_NAMES.indexOf(name)] as number),
    compressed: [{ feature: 'rounding', side: 'above', beyond: mostRounding, scale: 1 }],
  },
};

console.log(
  '\nThe shipped gate on everything measured (fitted on part of it): not a fundus, refused of the retinas by source and by grade',
);
const verdicts = samples.map((sample) => judge(model, sample.features));
const line = (name: string, wanted: (sample: Sample) => boolean): void => {
  const group = samples.flatMap((sample, index) => (wanted(sample) ? [index] : []));
  const kept = group.filter((index) => verdicts[index]?.kind === 'retina');
  if (group.length === 0) return;
  console.log(
    `  ${name}: ${share(group.length - kept.length, group.length)}; ${share(kept.filter((index) => !verdicts[index]?.gradable).length, kept.length)}`,
  );
};
for (const source of sources) line(source, (sample) => sample.source === source && !isOutlier(sample));
line('drimdb outliers', isOutlier);
for (const grade of ['0', '1', '2', '3', '4']) line(`grade ${grade}`, (sample) => sample.grade === grade);
for (const how of DEGRADATIONS) {
  const group = degraded.filter((sample) => sample.copy === how).map((sample) => judge(model, sample.features));
  const kept = group.filter((verdict) => verdict.kind === 'retina');
  const refused = kept.filter((verdict) => !verdict.gradable).length;
  console.log(`  good photographs, ${how}: ${share(group.length - kept.length, group.length)}; ${share(refused, kept.length)}`);
}
console.log(
  `  paintings that are no retina: ${share(paintings.filter((features) => judge(model, features).kind === 'not-fundus').length, paintings.length)}`,
);

if (!options.dry) {
  await writeFile(OUTPUT, await format(JSON.stringify(model), { parser: 'json', printWidth: 140 }));
  console.log(`\nwritten: ${OUTPUT}`);
}
