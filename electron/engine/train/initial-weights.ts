import { HEAD_HIDDEN, type Head } from '../../shared/domain/card';
import { foreign, type Graph, inferShapes, type Weights } from '../network/graph';
import { headShapes, weightNames, withHead } from '../network/head';
import type { Network } from '../network/layers-topology';
import { Random } from './random';

/** Log-odds of P(grade >= 1..4) before anything is learnt: about 0.35, 0.3, 0.1, 0.05. */
const PRIOR_LOGITS = [-0.6, -0.85, -2.2, -2.9];
const HEAD_SPREAD = 0.01;

export interface InitialNetwork {
  /** With the head that is to be trained. */
  graph: Graph;
  weights: Weights;
  /** Width of the pooled features. */
  features: number;
}

/**
 * The network where training starts: the bundle's own backbone, and its head where it has the one that is wanted, else one drawn from the seed.
 *
 * @throws AppError bundle-foreign
 */
export function initialNetwork(network: Network, sizePx: number, head: Head, seed: number): InitialNetwork {
  const graph = withHead(network.graph, sizePx, head);
  const features = inferShapes(network.graph, network.weights).get(network.graph.featureMap)?.channels ?? 0;
  const heads = headShapes(head, features);
  const weights = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  for (const name of weightNames(graph)) {
    const given = network.weights.get(name);
    const shape = heads.get(name);
    if (given !== undefined && (shape === undefined || given.shape.join() === shape.join())) weights.set(name, given);
    else if (shape !== undefined) weights.set(name, { shape, values: drawn(name, shape, head, seed) });
    else throw foreign(`weight ${name} is missing`);
  }
  inferShapes(graph, weights);
  return { graph, weights, features };
}

function drawn(name: string, shape: readonly number[], head: Head, seed: number): Float32Array {
  const length = shape.reduce((product, extent) => product * extent, 1);
  if (name === 'head/bias') return head === 'cumulative-4' ? Float32Array.from(PRIOR_LOGITS) : new Float32Array(length);
  if (name === 'hidden/bias') return new Float32Array(length);
  const random = new Random(seed, name === 'hidden/kernel' ? 0x68696464 : 0x68656164);
  // Behind a ReLU layer a head that starts at zero would teach it nothing: He 2015 for that layer, Glorot's size for the outputs.
  const spread = HEAD_HIDDEN[head] === null ? HEAD_SPREAD : Math.sqrt((name === 'hidden/kernel' ? 2 : 1) / (shape[0] ?? 1));
  return Float32Array.from({ length }, () => random.normal() * spread);
}
