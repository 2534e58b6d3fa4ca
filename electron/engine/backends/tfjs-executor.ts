import type * as tfjs from '@tensorflow/tfjs-core';
import { foreign, nodeOf, type ConvolutionNode, type DenseNode, type Graph, type Weights } from '../network/graph';
import type { Forward } from './backend';
import { applyWeightless, type ComputedNode, firstOf, named } from './tfjs-nodes';

type Tf = typeof tfjs;

/**
 * Runs a graph with whatever tfjs backend is active. Convolution, bias and activation go in as one fused call, which halves the
 * time of the wasm backend against the same network as a layers model.
 */
export class TfjsExecutor {
  readonly #tf: Tf;
  readonly #graph: Graph;
  readonly #weights = new Map<string, tfjs.Tensor>();

  constructor(tf: Tf, graph: Graph, weights: Weights) {
    this.#tf = tf;
    this.#graph = graph;
    for (const [name, weight] of weights) this.#weights.set(name, tf.tensor(weight.values, [...weight.shape]));
  }

  /** @param images n x rows x columns x 3, normalised */
  async forward(images: Float32Array, n: number): Promise<Forward> {
    const input = nodeOf(this.#graph, this.#graph.input);
    if (input.op !== 'input') throw foreign('the graph has no input');
    const wanted = [this.#graph.featureMap, this.#graph.embedding, this.#graph.logits];
    const outputs = this.#tf.tidy(() => {
      const batch = this.#tf.tensor4d(images, [n, input.height, input.width, input.channels]);
      const results = this.#run(batch, new Set(wanted.filter((name) => name !== null)));
      return wanted.map((name) => (name === null ? this.#tf.tensor1d([]) : (results.get(name) ?? this.#tf.tensor1d([]))));
    });
    const [featureMap, embedding, logits] = outputs;
    if (featureMap === undefined || embedding === undefined || logits === undefined) throw foreign('the graph has no feature map');
    const [, rows = 0, columns = 0, channels = 0] = featureMap.shape;
    const [mapValues, embeddingValues, logitValues] = await Promise.all([featureMap.data(), embedding.data(), logits.data()]);
    this.#tf.dispose(outputs);
    return {
      logits: logitValues as Float32Array,
      featureMap: { rows, columns, channels, values: mapValues as Float32Array },
      embedding: embeddingValues as Float32Array,
    };
  }

  dispose(): void {
    this.#tf.dispose([...this.#weights.values()]);
    this.#weights.clear();
  }

  #run(batch: tfjs.Tensor4D, kept: ReadonlySet<string>): Map<string, tfjs.Tensor> {
    const values = new Map<string, tfjs.Tensor>([[this.#graph.input, batch]]);
    const readsLeft = countReads(this.#graph);
    for (const node of this.#graph.nodes) {
      if (node.op === 'input') continue;
      values.set(
        node.name,
        this.#apply(
          node,
          node.inputs.map((name) => named(values, name)),
        ),
      );
      // A big batch must not hold every layer's output at once.
      for (const name of node.inputs) {
        const left = (readsLeft.get(name) ?? 0) - 1;
        readsLeft.set(name, left);
        if (left === 0 && !kept.has(name)) values.get(name)?.dispose();
      }
    }
    return values;
  }

  #apply(node: ComputedNode, inputs: tfjs.Tensor[]): tfjs.Tensor {
    const first = firstOf(node, inputs);
    switch (node.op) {
      case 'conv':
      case 'depthwise':
        return this.#convolve(node, first as tfjs.Tensor4D);
      case 'dense':
        return this.#dense(node, first as tfjs.Tensor2D);
      default:
        return applyWeightless(this.#tf, node, first, inputs);
    }
  }

  #convolve(node: ConvolutionNode, x: tfjs.Tensor4D): tfjs.Tensor {
    const filter = named(this.#weights, node.kernel) as tfjs.Tensor4D;
    const bias = node.bias === null ? undefined : named(this.#weights, node.bias);
    const settings = { x, filter, strides: [...node.strides] as [number, number], pad: node.padding, bias, activation: node.activation };
    return node.op === 'conv' ? this.#tf.fused.conv2d(settings) : this.#tf.fused.depthwiseConv2d(settings);
  }

  #dense(node: DenseNode, a: tfjs.Tensor2D): tfjs.Tensor {
    const b = named(this.#weights, node.kernel) as tfjs.Tensor2D;
    const bias = node.bias === null ? undefined : named(this.#weights, node.bias);
    return this.#tf.fused.matMul({ a, b, bias, activation: node.activation });
  }
}

function countReads(graph: Graph): Map<string, number> {
  const reads = new Map<string, number>();
  for (const node of graph.nodes) for (const name of node.inputs) reads.set(name, (reads.get(name) ?? 0) + 1);
  return reads;
}
