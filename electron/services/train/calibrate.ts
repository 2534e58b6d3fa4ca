import type { TrainingImageFacts, TrainingResult } from '../../engine/client/training-protocol';
import type { CardContent, CardMetric } from '../../shared/domain/card';
import type { Recipe } from '../../shared/domain/recipe';
import { auc } from '../../shared/statistics/auc';
import { calibrationError, fitTemperature, reliability, sigmoid } from '../../shared/statistics/calibration';
import { atThreshold } from '../../shared/statistics/operating-points';

const MEASURED_ON = 'calibration part: patients without a gradient, used to choose epoch, temperature and thresholds';
const MEASURED_OUT_OF_FOLD = 'out of fold: scored by a head that has not seen the patient, used to choose temperature and thresholds';
/** A source speaks on thresholds from this many images of the class in question. */
const LEAST_IMAGES = 20;
/**
 * Smaller sources speak together from this many. Of n positives one may be missed at a sensitivity of 0.87 in expectation when 0.13 (n + 1) >= 1
 * (inductive conformal prediction, Papadopoulos 2002); with fewer, the faintest of them, perhaps a wrong label, would set the threshold for all.
 */
const LEAST_IMAGES_TOGETHER = 7;

export interface ScoredImage {
  source: string;
  grade: number | null;
  referable: boolean;
  /** P(grade >= 2) and P(grade >= 3), calibrated, running minimum; a two-class head says nothing of grade 3. */
  p2: number;
  p3: number;
}

/** Calibrated probabilities as screening computes them. */
export function scored(
  image: Pick<TrainingImageFacts, 'source' | 'grade' | 'referable'>,
  logits: readonly number[],
  temperature: number,
): ScoredImage {
  if (logits.length === 2) {
    const p2 = sigmoid(((logits[1] ?? 0) - (logits[0] ?? 0)) / temperature);
    return { source: image.source, grade: image.grade, referable: image.referable, p2, p3: Number.NaN };
  }
  const [p1, p2, p3] = logits.map((logit) => sigmoid(logit / temperature)) as [number, number, number];
  const running = Math.min(p1, p2);
  return { source: image.source, grade: image.grade, referable: image.referable, p2: running, p3: Math.min(running, p3) };
}

/** Temperature, operating points and their figures from the images that no gradient has seen. */
export function calibrate(
  result: Pick<TrainingResult, 'calibration'>,
  images: readonly TrainingImageFacts[],
  recipe: Recipe,
): Pick<CardContent, 'temperature' | 'operatingPoints' | 'metrics'> {
  const facts = new Map(images.map((image) => [image.sha256, image]));
  const rows = result.calibration.flatMap(({ sha256, logits }) => {
    const image = facts.get(sha256);
    return image ? [{ image, logits }] : [];
  });
  const fitted = rows.filter(({ image }) => recipe.calibrationSources?.includes(image.source) ?? true);
  const temperature = fitTemperature(
    fitted.map(({ logits }) => referableLogit(logits)),
    fitted.map(({ image }) => image.referable),
  );
  const all = fitted.map(({ image, logits }) => scored(image, logits, temperature));
  const { screeningSensitivity, confirmSpecificity, urgentSensitivity } = recipe.operatingPoints;
  const screening = highestThreshold(
    all,
    (row) => row.p2,
    (row) => row.referable,
    screeningSensitivity,
  );
  const confirm = lowestThreshold(all, confirmSpecificity);
  const graded = recipe.head === 'softmax-2' ? [] : all.filter((row) => row.grade !== null);
  const urgent = highestThreshold(
    graded,
    (row) => row.p3,
    (row) => (row.grade ?? 0) >= 3,
    urgentSensitivity,
  );
  return {
    temperature,
    operatingPoints: {
      screening: point(
        all,
        screening,
        `highest threshold with a sensitivity of ${screeningSensitivity} in every source, small ones together, on the calibration part`,
      ),
      confirm: point(
        all,
        Math.max(confirm, screening),
        `lowest threshold with a specificity of ${confirmSpecificity}, mean over sources, on the calibration part`,
      ),
      urgent:
        recipe.head === 'softmax-2'
          ? null
          : point(
              graded,
              urgent,
              `on P(grade >= 3): highest threshold with a sensitivity of ${urgentSensitivity} in every source, small ones together, on the calibration part`,
              3,
            ),
    },
    metrics: metricsOf(
      rows.map(({ image, logits }) => scored(image, logits, temperature)),
      recipe.folds === undefined ? MEASURED_ON : MEASURED_OUT_OF_FOLD,
    ),
  };
}

/** Log-odds of grade >= 2. */
function referableLogit(logits: readonly number[]): number {
  return logits.length === 2 ? (logits[1] ?? 0) - (logits[0] ?? 0) : (logits[1] ?? 0);
}

function point(
  rows: readonly ScoredImage[],
  threshold: number,
  chosen: string,
  grade: 2 | 3 = 2,
): NonNullable<CardContent['operatingPoints']>['screening'] {
  const at = atThreshold(
    rows.map((row) => (grade === 2 ? row.p2 : row.p3)),
    rows.map((row) => (grade === 2 ? row.referable : (row.grade ?? 0) >= 3)),
    threshold,
  );
  return { threshold, chosen, sensitivity: at.sensitivity?.value ?? null, specificity: at.specificity?.value ?? null };
}

/** The shares of the sources that are large enough to speak and of the smaller ones together; of all where that leaves nobody. */
function sharesBySource(rows: readonly ScoredImage[], holds: (row: ScoredImage) => boolean): number[] {
  const groups = [...new Set(rows.map((row) => row.source))].map((source) => rows.filter((row) => row.source === source));
  const small = groups.filter((of) => of.length < LEAST_IMAGES).flat();
  const speaking = groups.filter((of) => of.length >= LEAST_IMAGES);
  if (small.length >= LEAST_IMAGES_TOGETHER) speaking.push(small);
  return (speaking.length === 0 ? [rows] : speaking).map((of) => of.filter(holds).length / Math.max(1, of.length));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Backends differ by some 1e-6 in probability: the eye that sets a threshold must lie over it on every one of them. */
const BACKEND_MARGIN = 1e-5;

/** No camera is left behind: the worst source reaches the sensitivity. */
function highestThreshold(
  rows: readonly ScoredImage[],
  score: (row: ScoredImage) => number,
  positive: (row: ScoredImage) => boolean,
  sensitivity: number,
): number {
  const positives = rows.filter(positive);
  const candidates = positives.map(score).sort((a, b) => b - a);
  const lowest = candidates.find((threshold) => Math.min(...sharesBySource(positives, (row) => score(row) >= threshold)) >= sensitivity);
  return Math.max(0, (lowest ?? 0) - BACKEND_MARGIN);
}

function lowestThreshold(rows: readonly ScoredImage[], specificity: number): number {
  const negatives = rows.filter((row) => !row.referable);
  const candidates = rows.map((row) => row.p2).sort((a, b) => a - b);
  return candidates.find((threshold) => mean(sharesBySource(negatives, (row) => row.p2 < threshold)) >= specificity) ?? 1;
}

function metricsOf(rows: readonly ScoredImage[], measuredOn: string): CardMetric[] {
  const groups = [...new Set(rows.map((row) => row.source))]
    .sort()
    .map((source): [string, ScoredImage[]] => [source, rows.filter((row) => row.source === source)]);
  const metrics = [['all sources', [...rows]] as [string, ScoredImage[]], ...groups].flatMap(([name, of]): CardMetric[] => {
    const result = auc(
      of.map((row) => row.p2),
      of.map((row) => row.referable),
    );
    if (!result) return [];
    return [
      {
        name: 'AUC',
        target: 'grade >= 2',
        measuredOn: `${name}; ${measuredOn}`,
        seenInTraining: true,
        images: of.length,
        positives: result.positives,
        value: result.value,
        low: result.low,
        high: result.high,
        interval: 'DeLong 95 %',
      },
    ];
  });
  const bins = reliability(
    rows.map((row) => row.p2),
    rows.map((row) => row.referable),
  );
  return [
    ...metrics,
    {
      name: 'expected calibration error, 10 bins',
      target: 'grade >= 2',
      measuredOn: `all sources; ${measuredOn}`,
      seenInTraining: true,
      images: rows.length,
      positives: rows.filter((row) => row.referable).length,
      value: calibrationError(bins),
      low: null,
      high: null,
      interval: null,
    },
  ];
}
