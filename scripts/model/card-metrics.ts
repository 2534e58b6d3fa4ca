import { type Evaluation, type EvaluationGroup, groupsOf } from '../../electron/services/evaluate/evaluate';
import { figuresOf } from '../../electron/services/evaluate/figures';
import type { CardMetric } from '../../electron/shared/domain/card';
import type { ScoredImage } from './scores';

/** Four decimals are more than any interval here supports. */
export function rounded(metric: CardMetric): CardMetric {
  const round = (value: number): number => Math.round(value * 1e4) / 1e4;
  return {
    ...metric,
    value: round(metric.value),
    low: metric.low === null ? null : round(metric.low),
    high: metric.high === null ? null : round(metric.high),
  };
}

/** A group of locked test patients as the figures of a card. */
export function metricsOf({ name, unit, figures }: EvaluationGroup): CardMetric[] {
  const base = {
    measuredOn: `${name}; locked test patients, never trained on or chosen with`,
    seenInTraining: false,
    images: figures.cases,
    positives: figures.positives,
  };
  const metrics: CardMetric[] = [];
  for (const [target, area] of [
    ['grade >= 2', figures.auc],
    ['grade >= 3', figures.aucSevere],
  ] as const) {
    if (area)
      metrics.push({
        name: unit === 'image' ? 'AUC' : 'AUC by patient',
        target,
        ...base,
        positives: area.positives,
        value: area.value,
        low: area.low,
        high: area.high,
        interval: 'DeLong 95 %',
      });
  }
  for (const [rateName, rate] of [
    ['sensitivity at the screening point', figures.screening.sensitivity],
    ['specificity at the screening point', figures.screening.specificity],
  ] as const) {
    if (rate)
      metrics.push({
        name: rateName,
        target: 'grade >= 2',
        ...base,
        value: rate.value,
        low: rate.clopperPearson.low,
        high: rate.clopperPearson.high,
        interval: 'Clopper-Pearson 95 %',
      });
  }
  if (name === 'all')
    metrics.push({
      name: 'expected calibration error, 10 bins',
      target: 'grade >= 2',
      ...base,
      value: figures.calibrationError,
      low: null,
      high: null,
      interval: null,
    });
  if (figures.kappa && name === 'all')
    metrics.push({
      name: 'quadratic kappa',
      target: 'ICDR grade',
      ...base,
      value: figures.kappa.value,
      low: figures.kappa.low,
      high: figures.kappa.high,
      interval: '95 %',
    });
  return metrics;
}

/** With fewer of a class a figure says nothing. */
export const TOO_FEW = 20;
const BANDS = [
  [0, 39],
  [40, 49],
  [50, 59],
  [60, 69],
  [70, 120],
] as const;

/** e.g. `40 to 49`; empty where the age is not known. */
export function bandOf({ age }: ScoredImage): string {
  const band = BANDS.find(([from, to]) => age !== null && age >= from && age <= to);
  if (band === undefined) return '';
  return band[1] === 120 ? `${band[0]} and older` : `${band[0]} to ${band[1]}`;
}

/** Everything that a card says of locked test patients: by source, readable or not, eye and patient, and by age and sex where known. */
export function lockedMetrics(images: readonly ScoredImage[], thresholds: Evaluation['thresholds']): CardMetric[] {
  const locked = images.filter((image) => image.locked);
  const slices = [
    ...slicesBy(locked, (image) => (bandOf(image) === '' ? '' : `age ${bandOf(image)}`)),
    ...slicesBy(locked, ({ sex }) => (sex === '' ? '' : `sex ${sex.toLowerCase()}`)),
  ].flatMap(([name, of]): EvaluationGroup[] => {
    const figures = figuresOf(of, thresholds);
    const tooFew = Math.min(figures.positives, figures.cases - figures.positives) < TOO_FEW;
    return tooFew ? [] : [{ name, kind: 'source', unit: 'image', tooFew, figures }];
  });
  return [...groupsOf(locked, thresholds), ...slices].flatMap(metricsOf).map(rounded);
}

function slicesBy(images: readonly ScoredImage[], nameOf: (image: ScoredImage) => string): [string, ScoredImage[]][] {
  const names = [...new Set(images.map(nameOf))].filter((name) => name !== '').sort();
  return names.map((name) => [name, images.filter((image) => nameOf(image) === name)]);
}
