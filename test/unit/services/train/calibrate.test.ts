import { describe, expect, it } from 'vitest';
import type { TrainingImageFacts, TrainingResult } from '../../../../electron/engine/client/training-protocol';
import { figuresOf, patientsOf } from '../../../../electron/services/evaluate/figures';
import { calibrate } from '../../../../electron/services/train/calibrate';
import type { Recipe } from '../../../../electron/shared/domain/recipe';

const recipe = { operatingPoints: { screeningSensitivity: 0.9, confirmSpecificity: 0.9, urgentSensitivity: 0.9 } } as Recipe;

function resultOf(rows: readonly { source: string; grade: number; logit: number }[]): {
  result: TrainingResult;
  images: TrainingImageFacts[];
} {
  const images = rows.map(({ source, grade }, index): TrainingImageFacts => ({
    sha256: `${index}`,
    source,
    grade,
    referable: grade >= 2,
    certainty: 1,
    part: 'calibration',
    fold: 0,
  }));
  const calibration = rows.map(({ logit }, index) => ({ sha256: `${index}`, logits: [logit + 1, logit, logit - 1, logit - 2] }));
  return { result: { calibration } as TrainingResult, images };
}

describe('operating points of a new model', () => {
  it('answer for every source alike: the largest does not set the threshold for all cameras', () => {
    const large = Array.from({ length: 400 }, (_, index) => ({
      source: 'large',
      grade: index % 2 ? 3 : 0,
      logit: index % 2 ? 3 + index / 400 : -3,
    }));
    const small = Array.from({ length: 100 }, (_, index) => ({
      source: 'small',
      grade: index % 2 ? 2 : 0,
      logit: index % 2 ? -1 + index / 100 : -3,
    }));
    const { result, images } = resultOf([...large, ...small]);
    const { operatingPoints, metrics } = calibrate(result, images, recipe);
    // Nine tenths of all positives lie above 3; nine tenths of both sources only well below 0.
    expect(operatingPoints?.screening.threshold).toBeLessThan(0.5);
    expect(operatingPoints?.screening.sensitivity).toBeGreaterThan(0.9);
    expect(metrics.every((metric) => metric.seenInTraining)).toBe(true);
  });
});

describe('sources too small to speak alone', () => {
  const large = Array.from({ length: 100 }, (_, index) => ({ source: 'large', grade: index % 2 ? 2 : 0, logit: index % 2 ? 3 : -3 }));
  const faint = (source: string, count: number) => Array.from({ length: count }, () => ({ source, grade: 2, logit: -1 }));
  const thresholdOf = (rows: Parameters<typeof resultOf>[0]): number => {
    const { result, images } = resultOf(rows);
    return calibrate(result, images, recipe).operatingPoints?.screening.threshold ?? Number.NaN;
  };

  it('speak together: a threshold set by the one large source would miss their eyes', () => {
    expect(thresholdOf([...large, ...faint('one', 4), ...faint('two', 4)])).toBeLessThan(0.5);
  });

  it('do not speak when they are too few even together: one wrong label would set the threshold for everybody', () => {
    expect(thresholdOf([...large, ...faint('one', 3), ...faint('two', 3)])).toBeGreaterThan(0.5);
  });
});

describe('a threshold', () => {
  it('lies under the score of the eye that set it by more than backends differ', () => {
    const rows = Array.from({ length: 100 }, (_, index) => ({ source: 'own', grade: index % 2 ? 3 : 0, logit: index % 2 ? 2 : -2 }));
    const { result, images } = resultOf(rows);
    const { operatingPoints, temperature } = calibrate(result, images, recipe);
    const score = 1 / (1 + Math.exp(-2 / temperature));
    expect(score - (operatingPoints?.screening.threshold ?? 1)).toBeGreaterThan(5e-6);
    expect(score - (operatingPoints?.screening.threshold ?? 0)).toBeLessThan(1e-4);
  });
});

describe('a recipe that names its calibration sources', () => {
  it('sets no threshold by another source, and still measures it', () => {
    const own = Array.from({ length: 100 }, (_, index) => ({ source: 'own', grade: index % 2 ? 2 : 0, logit: index % 2 ? 2 : -2 }));
    const foreign = Array.from({ length: 100 }, (_, index) => ({ source: 'foreign', grade: index % 2 ? 2 : 0, logit: -5 }));
    const { result, images } = resultOf([...own, ...foreign]);
    const { operatingPoints, metrics } = calibrate(result, images, { ...recipe, calibrationSources: ['own'] });
    expect(operatingPoints?.screening.threshold).toBeGreaterThan(0.5);
    expect(operatingPoints?.screening.specificity).toBe(1);
    expect(metrics.some(({ measuredOn }) => measuredOn.startsWith('foreign'))).toBe(true);
  });
});

describe('the figures of an evaluation', () => {
  const thresholds = { screening: 0.5, confirm: null };

  it('count what was not scored as sent on, and leave it out of the AUC', () => {
    const figures = figuresOf(
      [
        { referable: true, grade: 2, p: null },
        { referable: false, grade: 0, p: null },
        { referable: true, grade: 3, p: [0.9, 0.8, 0.6, 0.1] },
        { referable: false, grade: 0, p: [0.3, 0.2, 0.1, 0] },
      ],
      thresholds,
    );
    expect(figures.screening.sensitivity?.value).toBe(1);
    expect(figures.screening.specificity?.value).toBe(0.5);
    expect(figures.auc).toMatchObject({ value: 1, positives: 1, negatives: 1 });
    expect(figures.notScored).toBe(2);
  });

  it('say nothing of grades for a two-class head, which knows P(grade >= 2) only', () => {
    const figures = figuresOf(
      [
        { referable: true, grade: 4, p: [NaN, 0.8, NaN, NaN] },
        { referable: false, grade: 0, p: [NaN, 0.2, NaN, NaN] },
      ],
      thresholds,
    );
    expect(figures.auc?.value).toBe(1);
    expect(figures.aucSevere).toBeNull();
    expect(figures.kappa).toBeNull();
    expect(figures.confusion.flat().every((count) => count === 0)).toBe(true);
  });

  it('put the accuracy beside that of calling everybody healthy', () => {
    const cases = Array.from({ length: 203 }, (_, index) => ({ referable: index < 3, grade: null, p: [0, 0, 0, 0] }));
    const figures = figuresOf(cases, thresholds);
    expect(figures.accuracy).toBeCloseTo(0.985, 3);
    expect(figures.accuracy).toBe(figures.accuracyAlwaysHealthy);
    expect(figures.screening.sensitivity?.value).toBe(0);
  });

  it('take a patient as the worst photograph, and as sent on when one was not scored', () => {
    const image = { patient: 'a', referable: false, grade: 0, p: [0.2, 0.1, 0, 0] };
    const [both, unscored] = patientsOf([
      image,
      { ...image, referable: true, grade: 2, p: [0.9, 0.7, 0.1, 0] },
      { ...image, patient: 'b' },
      { ...image, patient: 'b', p: null },
    ]);
    expect(both).toEqual({ referable: true, grade: 2, p: [0.9, 0.7, 0.1, 0] });
    expect(unscored?.p).toBeNull();
  });
});
