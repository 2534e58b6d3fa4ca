import { HEAD_HIDDEN, HEAD_OUTPUTS, type Head } from '../../shared/domain/card';
import { foreign, type Graph, type GraphNode, nodeOf, type Weights } from './graph';

/** Layers that every network of ours ends with. */
const OWN_LAYERS = ['pool', 'hidden', 'head'];

/** A backbone without whatever head it had: up to its global average pool, which is added where there is none. */
export function backboneOf(graph: Graph, sizePx: number): Graph {
  const needed = new Set<string>();
  const open = [graph.featureMap];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (needed.has(name)) continue;
    needed.add(name);
    open.push(...nodeOf(graph, name).inputs);
  }
  const trunk = graph.nodes
    .filter((node) => needed.has(node.name))
    .map((node): GraphNode => (node.op === 'input' ? { ...node, height: sizePx, width: sizePx } : node));
  const clash = trunk.find((node) => OWN_LAYERS.includes(node.name));
  if (clash !== undefined) throw foreign(`a layer of the backbone is called ${clash.name}, which is the name of one of ours`);
  return {
    nodes: [...trunk, { op: 'global-average', name: 'pool', inputs: [graph.featureMap] }],
    input: graph.input,
    featureMap: graph.featureMap,
    embedding: 'pool',
    logits: null,
  };
}

/** The same backbone with a head of ours. @throws AppError bundle-foreign */
export function withHead(graph: Graph, sizePx: number, head: Head): Graph {
  const backbone = backboneOf(graph, sizePx);
  const nodes = [...backbone.nodes];
  const hidden = HEAD_HIDDEN[head] !== null;
  if (hidden)
    nodes.push({ op: 'dense', name: 'hidden', inputs: ['pool'], kernel: 'hidden/kernel', bias: 'hidden/bias', activation: 'relu' });
  nodes.push({
    op: 'dense',
    name: 'head',
    inputs: [hidden ? 'hidden' : 'pool'],
    kernel: 'head/kernel',
    bias: 'head/bias',
    activation: 'linear',
  });
  return { ...backbone, nodes, logits: 'head' };
}

/** Shapes of the head's weights on features of this width, in the order of its layers. */
export function headShapes(head: Head, features: number): Map<string, readonly number[]> {
  const [hidden, outputs] = [HEAD_HIDDEN[head], HEAD_OUTPUTS[head]];
  const shapes = new Map<string, readonly number[]>();
  if (hidden !== null) shapes.set('hidden/kernel', [features, hidden]).set('hidden/bias', [hidden]);
  return shapes.set('head/kernel', [hidden ?? features, outputs]).set('head/bias', [outputs]);
}

/** Names of a network's weights in the order of its layers: the order of every flat vector. */
export function weightNames(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => ('kernel' in node ? [node.kernel, ...(node.bias === null ? [] : [node.bias])] : []));
}

/** @throws AppError bundle-foreign for a missing weight */
export function flatten(weights: Weights, names: readonly string[]): Float32Array {
  const parts = names.map((name) => {
    const weight = weights.get(name);
    if (weight === undefined) throw foreign(`weight ${name} is missing`);
    return weight.values;
  });
  const flat = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    flat.set(part, at);
    at += part.length;
  }
  return flat;
}

/** A flat vector as named weights. */
export function unflatten(
  flat: Float32Array,
  shapes: ReadonlyMap<string, readonly number[]>,
): Map<string, { shape: readonly number[]; values: Float32Array }> {
  const weights = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  let at = 0;
  for (const [name, shape] of shapes) {
    const length = shape.reduce((product, extent) => product * extent, 1);
    weights.set(name, { shape, values: flat.slice(at, at + length) });
    at += length;
  }
  if (at !== flat.length) throw foreign('the vector does not fit the network');
  return weights;
}
