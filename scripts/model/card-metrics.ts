import type { EvaluationGroup } from '../../electron/services/evaluate/evaluate';
import type { CardMetric } from '../../electron/shared/domain/card';

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
