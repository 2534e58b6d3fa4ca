import { buildBundle } from '../../electron/engine/bundle/write';
import { PREPROCESSING_VERSION } from '../../electron/engine/images/preprocess';
import { roundToHalf } from '../../electron/engine/network/float16';
import type { Graph, GraphNode, Weight } from '../../electron/engine/network/graph';
import type { Network } from '../../electron/engine/network/layers-topology';
import type { BundleFiles } from '../../electron/engine/protocol';
import type { CardContent, ModelCard } from '../../electron/shared/domain/card';

export const TINY_SIZE_PX = 32;

/** Numbers in -1..1, the same in every run. */
export function seededValues(length: number, seed: number): Float32Array<ArrayBuffer> {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state / 2 ** 31 - 1) * 0.5;
  });
}

/** A network of a few hundred weights with every kind of layer that we run; `hidden` puts a ReLU layer before its head. */
export function tinyNetwork({ outputs = 4, hidden = false } = {}): Network {
  const weights = new Map<string, Weight>();
  let seed = 7;
  function weight(name: string, ...shape: number[]): string {
    weights.set(name, {
      shape,
      values: roundToHalf(
        seededValues(
          shape.reduce((a, b) => a * b, 1),
          seed++,
        ),
      ),
    });
    return name;
  }
  const same = { padding: 'same', strides: [1, 1] } as const;
  const nodes: GraphNode[] = [
    { op: 'input', name: 'image', inputs: [], height: TINY_SIZE_PX, width: TINY_SIZE_PX, channels: 3 },
    {
      op: 'conv',
      name: 'stem',
      inputs: ['image'],
      kernel: weight('stem/kernel', 3, 3, 3, 8),
      bias: weight('stem/bias', 8),
      strides: [2, 2],
      padding: 'same',
      activation: 'relu6',
    },
    {
      op: 'depthwise',
      name: 'wide',
      inputs: ['stem'],
      kernel: weight('wide/depthwise_kernel', 5, 5, 8, 1),
      bias: weight('wide/bias', 8),
      ...same,
      activation: 'relu',
    },
    { op: 'add', name: 'sum', inputs: ['stem', 'wide'] },
    { op: 'zero-pad', name: 'padded', inputs: ['sum'], padding: [0, 1, 0, 1] },
    { op: 'max-pool', name: 'most', inputs: ['padded'], size: [3, 3], strides: [2, 2], padding: 'valid' },
    { op: 'average-pool', name: 'mean', inputs: ['sum'], size: [3, 3], strides: [2, 2], padding: 'same' },
    { op: 'concat', name: 'both', inputs: ['most', 'mean'] },
    {
      op: 'conv',
      name: 'top',
      inputs: ['both'],
      kernel: weight('top/kernel', 1, 1, 16, 12),
      bias: null,
      ...same,
      activation: 'linear',
    },
    { op: 'activation', name: 'top.relu', inputs: ['top'], activation: 'relu6' },
    { op: 'global-average', name: 'pool', inputs: ['top.relu'] },
  ];
  if (hidden) {
    nodes.push({
      op: 'dense',
      name: 'hidden',
      inputs: ['pool'],
      kernel: weight('hidden/kernel', 12, 6),
      bias: weight('hidden/bias', 6),
      activation: 'relu',
    });
  }
  nodes.push({
    op: 'dense',
    name: 'head',
    inputs: [hidden ? 'hidden' : 'pool'],
    kernel: weight('head/kernel', hidden ? 6 : 12, outputs),
    bias: weight('head/bias', outputs),
    activation: 'linear',
  });
  const graph: Graph = { nodes, input: 'image', featureMap: 'top.relu', embedding: 'pool', logits: 'head' };
  return { graph, weights };
}

export function tinyCard(changes: Partial<CardContent> = {}): CardContent {
  return {
    name: 'Tiny',
    summary: 'For tests.',
    createdAt: '2026-11-23',
    backbone: 'tiny',
    inputSizePx: TINY_SIZE_PX,
    normalisation: { subtract: 127, divide: 128 },
    preprocessing: PREPROCESSING_VERSION,
    gate: 'none',
    head: 'cumulative-4',
    temperature: 1,
    operatingPoints: {
      screening: { threshold: 0.3, chosen: 'by hand', sensitivity: null, specificity: null },
      confirm: null,
      urgent: { threshold: 0.5, chosen: 'by hand', sensitivity: null, specificity: null },
    },
    recipe: null,
    seed: 7,
    dataset: { description: 'none', manifestSha256: null },
    metrics: [],
    licence: 'Apache-2.0',
    initialWeights: { source: 'a seed', licence: 'Apache-2.0', sha256: null },
    parent: null,
    commands: [],
    limits: ['For tests only.'],
    ...changes,
  };
}

export function tinyBundle(changes: Partial<CardContent> = {}, network: Network = tinyNetwork()): { files: BundleFiles; card: ModelCard } {
  return buildBundle(network.graph, network.weights, tinyCard(changes));
}
