import { AppError } from '../../shared/errors';

/**
 * A network as plain data, between its file (a tfjs layers topology) and whoever runs or rewrites it (the tfjs
 * executor, the ONNX writer, the training graph). Layouts are TensorFlow's: images NHWC, kernels HWIO, depthwise HWC1.
 */

export type Activation = 'linear' | 'relu' | 'relu6';
export type Padding = 'same' | 'valid';
type Pair = readonly [number, number];

interface NodeBase {
  name: string;
  /** Names of the nodes it reads. */
  inputs: readonly string[];
}

export interface InputNode extends NodeBase {
  op: 'input';
  height: number;
  width: number;
  channels: number;
}

export interface ConvolutionNode extends NodeBase {
  op: 'conv' | 'depthwise';
  /** Names in the weight map. */
  kernel: string;
  bias: string | null;
  strides: Pair;
  padding: Padding;
  activation: Activation;
}

export interface DenseNode extends NodeBase {
  op: 'dense';
  kernel: string;
  bias: string | null;
  activation: Activation;
}

export interface ZeroPadNode extends NodeBase {
  op: 'zero-pad';
  /** top, bottom, left, right, pixels */
  padding: readonly [number, number, number, number];
}

export interface PoolNode extends NodeBase {
  op: 'max-pool' | 'average-pool';
  size: Pair;
  strides: Pair;
  padding: Padding;
}

export interface ActivationNode extends NodeBase {
  op: 'activation';
  activation: Activation;
}

export interface PlainNode extends NodeBase {
  /** `global-average` pools rows and columns away; `concat` joins channels. */
  op: 'add' | 'concat' | 'global-average';
}

export type GraphNode = InputNode | ConvolutionNode | DenseNode | ZeroPadNode | PoolNode | ActivationNode | PlainNode;

export interface Graph {
  /** In an order in which every node comes after what it reads. */
  nodes: readonly GraphNode[];
  input: string;
  /** The input of the global average pool. */
  featureMap: string;
  /** The global average pool itself; null for a network without one. */
  embedding: string | null;
  /** The head's output; null for a backbone without a head. */
  logits: string | null;
}

export interface Weight {
  shape: readonly number[];
  values: Float32Array;
}
export type Weights = ReadonlyMap<string, Weight>;

/** Rows, columns, channels of a node's output; rows and columns are 0 after the global average pool. */
export interface NodeShape {
  rows: number;
  columns: number;
  channels: number;
}

export function foreign(detail: string): AppError {
  return new AppError('bundle-foreign', { detail });
}

export function weightOf(weights: Weights, name: string): Weight {
  const weight = weights.get(name);
  if (weight === undefined) throw foreign(`weight ${name} is missing`);
  return weight;
}

export function nodeOf(graph: Graph, name: string): GraphNode {
  const node = graph.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw foreign(`layer ${name} is missing`);
  return node;
}

export function inputSizeOf(graph: Graph): number {
  const node = nodeOf(graph, graph.input);
  if (node.op !== 'input' || node.height !== node.width || node.channels !== 3) throw foreign('the input is not a square RGB image');
  return node.height;
}

/**
 * Output shape of every node, which proves on the way that all weights fit.
 *
 * @throws AppError bundle-foreign where they do not
 */
export function inferShapes(graph: Graph, weights: Weights): Map<string, NodeShape> {
  const shapes = new Map<string, NodeShape>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => {
      const shape = shapes.get(name);
      if (shape === undefined) throw foreign(`layer ${node.name} reads ${name} before it exists`);
      return shape;
    });
    shapes.set(node.name, shapeOf(node, inputs, weights));
  }
  return shapes;
}

function shapeOf(node: GraphNode, inputs: readonly NodeShape[], weights: Weights): NodeShape {
  if (node.op === 'input') return { rows: node.height, columns: node.width, channels: node.channels };
  const [first] = inputs;
  if (first === undefined) throw foreign(`layer ${node.name} reads nothing`);
  switch (node.op) {
    case 'conv': {
      const [rows = 0, columns = 0, inChannels, outChannels = 0] = expectShape(weightOf(weights, node.kernel), 4, node.kernel);
      if (inChannels !== first.channels) throw foreign(`layer ${node.name} expects ${inChannels} channels, gets ${first.channels}`);
      expectBias(node.bias, outChannels, weights);
      return { ...slide(first, [rows, columns], node), channels: outChannels };
    }
    case 'depthwise': {
      const [rows = 0, columns = 0, channels, multiplier] = expectShape(weightOf(weights, node.kernel), 4, node.kernel);
      if (channels !== first.channels || multiplier !== 1) throw foreign(`layer ${node.name} does not fit ${first.channels} channels`);
      expectBias(node.bias, first.channels, weights);
      return { ...slide(first, [rows, columns], node), channels: first.channels };
    }
    case 'dense': {
      const [inChannels, outChannels = 0] = expectShape(weightOf(weights, node.kernel), 2, node.kernel);
      if (inChannels !== first.channels || first.rows !== 0) throw foreign(`layer ${node.name} does not fit its input`);
      expectBias(node.bias, outChannels, weights);
      return { rows: 0, columns: 0, channels: outChannels };
    }
    case 'max-pool':
    case 'average-pool':
      return { ...slide(first, node.size, node), channels: first.channels };
    case 'zero-pad': {
      const [top, bottom, left, right] = node.padding;
      return { rows: first.rows + top + bottom, columns: first.columns + left + right, channels: first.channels };
    }
    case 'concat':
      return { ...first, channels: inputs.reduce((sum, shape) => sum + shape.channels, 0) };
    case 'add':
      for (const shape of inputs) {
        if (shape.rows !== first.rows || shape.columns !== first.columns || shape.channels !== first.channels)
          throw foreign(`layer ${node.name} adds unlike shapes`);
      }
      return first;
    case 'activation':
      return first;
    case 'global-average':
      return { rows: 0, columns: 0, channels: first.channels };
  }
}

function slide(input: NodeShape, size: Pair, node: { name: string; strides: Pair; padding: Padding }): { rows: number; columns: number } {
  const rows = node.padding === 'same' ? Math.ceil(input.rows / node.strides[0]) : Math.floor((input.rows - size[0]) / node.strides[0]) + 1;
  const columns =
    node.padding === 'same' ? Math.ceil(input.columns / node.strides[1]) : Math.floor((input.columns - size[1]) / node.strides[1]) + 1;
  if (rows < 1 || columns < 1) throw foreign(`layer ${node.name} is larger than its input`);
  return { rows, columns };
}

function expectShape(weight: Weight, rank: number, name: string): readonly number[] {
  if (weight.shape.length !== rank) throw foreign(`weight ${name} has ${weight.shape.length} dimensions, not ${rank}`);
  return weight.shape;
}

function expectBias(name: string | null, channels: number, weights: Weights): void {
  if (name === null) return;
  const { shape } = weightOf(weights, name);
  if (shape.length !== 1 || shape[0] !== channels) throw foreign(`bias ${name} does not fit ${channels} channels`);
}
