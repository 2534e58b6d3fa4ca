import type * as tfjs from '@tensorflow/tfjs-core';
import { type Activation, foreign, type ConvolutionNode, type DenseNode, type GraphNode, type InputNode } from '../network/graph';

type Tf = typeof tfjs;
export type ComputedNode = Exclude<GraphNode, InputNode>;
type WeightlessNode = Exclude<ComputedNode, ConvolutionNode | DenseNode>;

/** Layers without weights, as screening and eager training both run them. @param first what the node reads first */
export function applyWeightless(tf: Tf, node: WeightlessNode, first: tfjs.Tensor, inputs: readonly tfjs.Tensor[]): tfjs.Tensor {
  const image = first as tfjs.Tensor4D;
  switch (node.op) {
    case 'activation':
      return node.activation === 'linear' ? first.clone() : activated(tf, first, node.activation);
    case 'add':
      return inputs.slice(1).reduce((sum, input) => tf.add(sum, input), first);
    case 'concat':
      return tf.concat([...inputs], -1);
    case 'zero-pad': {
      const [top, bottom, left, right] = node.padding;
      return tf.pad(image, [
        [0, 0],
        [top, bottom],
        [left, right],
        [0, 0],
      ]);
    }
    case 'max-pool':
      return tf.maxPool(image, [...node.size], [...node.strides], node.padding);
    case 'average-pool':
      return tf.avgPool(image, [...node.size], [...node.strides], node.padding);
    case 'global-average':
      return tf.mean(image, [1, 2]);
  }
}

export function activated(tf: Tf, value: tfjs.Tensor, activation: Activation): tfjs.Tensor {
  if (activation === 'linear') return value;
  return activation === 'relu' ? tf.relu(value) : tf.relu6(value);
}

/** @throws AppError bundle-foreign for a layer that reads nothing */
export function firstOf(node: ComputedNode, inputs: readonly tfjs.Tensor[]): tfjs.Tensor {
  const [first] = inputs;
  if (first === undefined) throw foreign(`layer ${node.name} reads nothing`);
  return first;
}

/** @throws AppError bundle-foreign */
export function named<T>(values: ReadonlyMap<string, T>, name: string): T {
  const value = values.get(name);
  if (value === undefined) throw foreign(`${name} is missing`);
  return value;
}
