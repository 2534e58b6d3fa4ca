import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readBundle } from '../../electron/engine/bundle/read';
import { withCard, writeBundle } from '../../electron/engine/bundle/write';
import { GATE_VERSION } from '../../electron/engine/quality/gate';
import { gradeProbabilities } from '../../electron/engine/screening/probabilities';
import type { CardContent, CardMetric } from '../../electron/shared/domain/card';
import { auc } from '../../electron/shared/statistics/auc';
import { calibrationError, fitTemperature, reliability } from '../../electron/shared/statistics/calibration';
import { atThreshold, thresholdForSensitivity } from '../../electron/shared/statistics/operating-points';
import { STARTER_CARD } from './starter-card';

/**
 * Fits temperature and thresholds of the starter model on the logits that score-photographs.ts wrote, and rewrites its card:
 * node scripts/run-ts.mjs scripts/model/calibrate-starter.ts SCORES.jsonl [--bundle FOLDER]
 */
interface Scored {
  source: string;
  grade: number;
  logits: number[];
}

/** Only these have about the share of referable eyes of a screening camp (19 to 20 %), which a temperature needs. */
const NATURAL_SOURCES = ['eyepacs', 'eyepacs-1024'];
/** A threshold is the lowest of those that single sources of at least this many positives ask for: no camera is left behind. */
const LEAST_POSITIVES = 20;
const SCREENING_SENSITIVITY = 0.9;
const URGENT_SENSITIVITY = 0.8;
const REFERABLE_GRADE = 2;
const URGENT_GRADE = 3;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { bundle: { type: 'string', default: 'resources/models/starter' } },
});
const [scoresFile] = positionals;
if (scoresFile === undefined) throw new Error('usage: calibrate-starter.ts SCORES.jsonl [--bundle FOLDER]');

const scored = (await readFile(scoresFile, 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Scored);
const { files, card } = await readBundle(values.bundle);

const natural = scored.filter(({ source }) => NATURAL_SOURCES.includes(source));
// The reported probability is a running minimum, and so is its logit.
const temperature = round(
  fitTemperature(
    natural.map(({ logits }) => Math.min(...logits.slice(0, REFERABLE_GRADE))),
    natural.map(({ grade }) => grade >= REFERABLE_GRADE),
  ),
);

function probabilities(images: readonly Scored[], grade: number): number[] {
  return images.map(({ logits }) => gradeProbabilities('cumulative-4', logits, temperature)[grade - 1] ?? NaN);
}

const bySource = new Map<string, Scored[]>();
for (const image of scored) bySource.set(image.source, [...(bySource.get(image.source) ?? []), image]);
const sources = [...bySource].filter(([, images]) => images.filter(({ grade }) => grade >= URGENT_GRADE).length >= LEAST_POSITIVES);

function lowestThreshold(grade: number, sensitivity: number): number {
  const thresholds = sources.map(([, images]) =>
    thresholdForSensitivity(
      probabilities(images, grade),
      images.map((image) => image.grade >= grade),
      sensitivity,
    ),
  );
  // Rounded down: rounding up would lose the very image that set it.
  return Math.floor(Math.min(...thresholds) * 1000) / 1000;
}

const screening = lowestThreshold(REFERABLE_GRADE, SCREENING_SENSITIVITY);
const urgent = lowestThreshold(URGENT_GRADE, URGENT_SENSITIVITY);

function metricsOf(source: string, images: readonly Scored[]): CardMetric[] {
  const scores = probabilities(images, REFERABLE_GRADE);
  const positive = images.map(({ grade }) => grade >= REFERABLE_GRADE);
  const area = auc(scores, positive);
  const at = atThreshold(scores, positive, screening);
  const common = {
    target: 'grade >= 2',
    measuredOn: source,
    seenInTraining: true,
    images: images.length,
    positives: positive.filter(Boolean).length,
  };
  const rates = [
    ['sensitivity at the screening point', at.sensitivity],
    ['specificity at the screening point', at.specificity],
  ] as const;
  return [
    ...(area === null
      ? []
      : [{ name: 'AUC', ...common, value: round(area.value), low: round(area.low), high: round(area.high), interval: 'DeLong 95 %' }]),
    ...rates.flatMap(([name, rate]) =>
      rate === null
        ? []
        : [
            {
              name,
              ...common,
              value: round(rate.value),
              low: round(rate.wilson.low),
              high: round(rate.wilson.high),
              interval: 'Wilson 95 %',
            },
          ],
    ),
  ];
}

function pointOn(images: readonly Scored[], grade: number, threshold: number): { sensitivity: number | null; specificity: number | null } {
  const at = atThreshold(
    probabilities(images, grade),
    images.map((image) => image.grade >= grade),
    threshold,
  );
  return {
    sensitivity: at.sensitivity === null ? null : round(at.sensitivity.value),
    specificity: at.specificity === null ? null : round(at.specificity.value),
  };
}

const naturalScores = probabilities(natural, REFERABLE_GRADE);
const naturalPositive = natural.map(({ grade }) => grade >= REFERABLE_GRADE);
const names = sources.map(([name]) => name).join(', ');
const content: CardContent = {
  ...STARTER_CARD,
  inputSizePx: card.inputSizePx,
  preprocessing: card.preprocessing,
  gate: GATE_VERSION,
  temperature,
  operatingPoints: {
    screening: {
      threshold: screening,
      chosen: `lowest of the thresholds at which ${names} each reach sensitivity ${SCREENING_SENSITIVITY}; figures on EyePACS, seen in training`,
      ...pointOn(natural, REFERABLE_GRADE, screening),
    },
    confirm: null,
    urgent: {
      threshold: urgent,
      chosen: `lowest of the thresholds at which ${names} each reach sensitivity ${URGENT_SENSITIVITY}; figures on EyePACS, seen in training`,
      ...pointOn(natural, URGENT_GRADE, urgent),
    },
  },
  metrics: [
    ...STARTER_CARD.metrics,
    ...sources.flatMap(([source, images]) => metricsOf(source, images)),
    {
      name: 'calibration error (10 bins)',
      target: 'grade >= 2',
      measuredOn: NATURAL_SOURCES.join(' and '),
      seenInTraining: true,
      images: natural.length,
      positives: naturalPositive.filter(Boolean).length,
      value: round(calibrationError(reliability(naturalScores, naturalPositive))),
      low: null,
      high: null,
      interval: null,
    },
  ],
  commands: [
    card.commands[0] ?? '',
    'node scripts/run-ts.mjs scripts/model/score-photographs.ts resources/models/starter PHOTOS scores.jsonl',
    'node scripts/run-ts.mjs scripts/model/calibrate-starter.ts scores.jsonl',
    'node scripts/run-ts.mjs scripts/model/write-model-cards.ts',
  ],
};

const rewritten = withCard(files, content);
await writeBundle(values.bundle, rewritten.files);
console.log(JSON.stringify({ id: rewritten.files.id, temperature, screening, urgent, operatingPoints: content.operatingPoints }, null, 2));

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
