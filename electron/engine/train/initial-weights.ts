import { AppError } from '../../shared/errors';
import type { BundleFiles } from '../protocol';
import { parseNetwork } from '../network/layers-topology';
import { lite0WeightShapes } from '../network/lite0';
import type { Weights } from '../network/graph';
import { Random } from './random';

/** Log-odds of P(grade >= 1..4) before anything is learnt: about 0.35, 0.3, 0.1, 0.05. */
const PRIOR_LOGITS = [-0.6, -0.85, -2.2, -2.9];
const HEAD_SPREAD = 0.01;

/**
 * The network where training starts: the bundle's own, or with a head drawn from the seed where it is a backbone.
 * @throws AppError bundle-foreign for another backbone
 */
export function initialWeights(bundle: BundleFiles, seed: number): Weights {
  const { weights } = parseNetwork(bundle.modelJson, bundle.weights);
  const result = new Map(weights);
  for (const [name, shape] of lite0WeightShapes(4)) {
    const given = result.get(name);
    if (given && given.shape.join() === shape.join()) continue;
    if (name !== 'head/kernel' && name !== 'head/bias')
      throw new AppError('bundle-foreign', { detail: `${name} is not as in EfficientNet-Lite0` });
    const random = new Random(seed, 0x68656164);
    const values =
      name === 'head/bias'
        ? Float32Array.from(PRIOR_LOGITS)
        : Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() * HEAD_SPREAD);
    result.set(name, { shape, values });
  }
  return result;
}
