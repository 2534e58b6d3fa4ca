import { z } from 'zod';
import fitted from '../../../resources/quality/gate-2.json';
import { FEATURE_NAMES, LIMITED_NAMES, type FeatureName, type Features } from './features';

const perFeature = z.array(z.number()).length(FEATURE_NAMES.length);
const limit = z.object({
  feature: z.enum(LIMITED_NAMES),
  beyond: z.number(),
  side: z.enum(['above', 'below']),
  scale: z.number().positive(),
});

/** The fitted gate is data: written by `scripts/model/fit-gate.ts`, checked here before it decides anything. */
export const gateModelSchema = z.object({
  version: z.string(),
  preprocessing: z.string(),
  features: z.array(z.string()).refine((names) => names.join() === FEATURE_NAMES.join(), 'features of another program version'),
  mean: perFeature,
  deviation: z.array(z.number().positive()).length(FEATURE_NAMES.length),
  /** P(bad) = sigmoid(bias + weights . z): logistic regression. */
  quality: z.object({ bias: z.number(), weights: perFeature, leastScore: z.number().min(0).max(1) }),
  /** P(retina) = sigmoid(bias + weights . z + squares . z^2). */
  retina: z.object({ bias: z.number(), weights: perFeature, squares: perFeature, leastProbability: z.number().min(0).max(1) }),
  /** What no sharpness makes up for: less of the field in the frame, a side cut away, or more lost to compression, and it is refused. */
  limits: z.object({
    leastAreaInFrame: z.number().min(0).max(1),
    mostOffCentre: z.number().positive(),
    mostRounding: z.number().positive(),
  }),
  /** Beyond which value a photograph is called dark and so on, and by how much it is then exceeded (in scales). */
  reasons: z.object({
    'field-cut': z.array(limit),
    dark: z.array(limit),
    bright: z.array(limit),
    uneven: z.array(limit),
    blur: z.array(limit),
    compressed: z.array(limit),
  }),
});
export type GateModel = z.infer<typeof gateModelSchema>;

export const GATE_MODEL: GateModel = gateModelSchema.parse(fitted);

/** A feature further out than this says no more than at this distance: one absurd value shall not outvote all others. */
const FARTHEST = 5;

export function standardised(model: Pick<GateModel, 'mean' | 'deviation'>, features: Features): number[] {
  return FEATURE_NAMES.map((name: FeatureName, index) => {
    const z = (features[name] - (model.mean[index] as number)) / (model.deviation[index] as number);
    return Math.max(-FARTHEST, Math.min(FARTHEST, z));
  });
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function dot(weights: readonly number[], values: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * (values[index] as number), 0);
}
