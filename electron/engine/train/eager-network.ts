import type * as tfjs from '@tensorflow/tfjs-core';
import { HEAD_OUTPUTS, type Head } from '../../shared/domain/card';
import { AppError } from '../../shared/errors';
import { requireTensorflow } from '../backends/tensorflow';
import { activated, applyWeightless, type ComputedNode, firstOf, named } from '../backends/tfjs-nodes';
import { type ConvolutionNode, type DenseNode, foreign, type Graph, weightOf, type Weights } from '../network/graph';
import { flatten, unflatten, weightNames } from '../network/head';
import type { Batch } from './feed';
import { Random } from './random';
import { ADAM, type StepEngine, type StepSettings, type TrainingState } from './step-engine';

type Kept = 'weights' | 'average' | 'first' | 'second';
const KEPT: readonly Kept[] = ['weights', 'average', 'first', 'second'];
/** Of the head: the layers that `headLearningRate` moves. */
const HEAD = /^(?:head|hidden)\//;

/**
 * TensorFlow through tfjs's own gradients, operation by operation: for imported backbones, and where the training graph does not load. Three to four times
 * slower than the graph, and any network of ours runs.
 */
export class EagerNetwork implements StepEngine {
  readonly device: string;
  readonly outputs: number;
  readonly #tf: typeof tfjs;
  readonly #graph: Graph;
  readonly #head: Head;
  readonly #shapes: Map<string, readonly number[]>;
  readonly #variables: ReadonlyMap<Kept, ReadonlyMap<string, tfjs.Variable>>;
  #stepCount = 0;

  private constructor(tf: typeof tfjs, device: string, graph: Graph, weights: Weights, head: Head) {
    this.#tf = tf;
    this.device = device;
    this.#graph = graph;
    this.#head = head;
    this.outputs = HEAD_OUTPUTS[head];
    this.#shapes = new Map(weightNames(graph).map((name) => [name, weightOf(weights, name).shape]));
    this.#variables = new Map(
      KEPT.map((kept) => [
        kept,
        new Map(
          [...this.#shapes].map(([name, shape]) => [
            name,
            tf.variable(tf.zeros([...shape]), kept === 'weights', `${kept}/${name}/${tf.memory().numTensors}`),
          ]),
        ),
      ]),
    );
  }

  /** @throws AppError backend-unavailable where TensorFlow is missing */
  static async load(graph: Graph, weights: Weights, head: Head): Promise<EagerNetwork> {
    try {
      const tf = requireTensorflow() as unknown as typeof tfjs;
      await tf.setBackend('tensorflow');
      await tf.ready();
      const backend = tf.backend() as unknown as { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
      const device = `TensorFlow ${backend.binding.TF_Version}, ${backend.isUsingGpuDevice ? 'GPU' : 'CPU'}, tfjs`;
      return new EagerNetwork(tf, device, graph, weights, head);
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).slice(0, 300);
      throw new AppError('backend-unavailable', { backend: 'tensorflow', reason }, error);
    }
  }

  start(weights: Weights): void {
    const zeros = new Float32Array(flatten(weights, [...this.#shapes.keys()]).length);
    const flat = flatten(weights, [...this.#shapes.keys()]);
    this.restore({ weights: flat, average: flat, first: zeros, second: zeros, stepCount: 0 });
  }

  step({ images, targets, targetWeights }: Batch, sizePx: number, settings: StepSettings): number {
    const tf = this.#tf;
    const n = targets.length / this.outputs;
    const trained = this.#trained(settings.trained);
    return tf.tidy(() => {
      const weights = this.#of('weights');
      const { value, grads } = tf.variableGrads(
        () => {
          const logits = this.#forward(tf.tensor4d(images, [n, sizePx, sizePx, 3]), weights, settings) as tfjs.Tensor2D;
          return this.#loss(logits, tf.tensor2d(targets, [n, this.outputs]), tf.tensor2d(targetWeights, [n, this.outputs]));
        },
        trained.map((name) => named(weights, name)),
      );
      const gradients = trained.map((name) => grads[named(weights, name).name] as tfjs.Tensor);
      this.#update(trained, gradients, settings);
      return value.dataSync()[0] ?? Number.NaN;
    });
  }

  predict(images: Float32Array, n: number, sizePx: number): Float32Array {
    const tf = this.#tf;
    return tf.tidy(() => this.#forward(tf.tensor4d(images, [n, sizePx, sizePx, 3]), this.#of('average'), null).dataSync()) as Float32Array;
  }

  state(): TrainingState {
    const [weights, average, first, second] = KEPT.map((kept) => this.#flat(kept)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    return { weights, average, first, second, stepCount: this.#stepCount };
  }

  restore(state: TrainingState): void {
    const tf = this.#tf;
    for (const kept of KEPT) {
      for (const [name, { shape, values }] of unflatten(state[kept], this.#shapes))
        tf.tidy(() => named(this.#of(kept), name).assign(tf.tensor(values, [...shape])));
    }
    this.#stepCount = state.stepCount;
  }

  averagedWeights(): Float32Array {
    return this.#flat('average');
  }

  weightsOf(flat: Float32Array): Weights {
    return unflatten(flat, this.#shapes);
  }

  get liveTensors(): number {
    return this.#tf.memory().numTensors;
  }

  dispose(): void {
    for (const variables of this.#variables.values()) for (const variable of variables.values()) variable.dispose();
  }

  #of(kept: Kept): ReadonlyMap<string, tfjs.Variable> {
    return this.#variables.get(kept) ?? new Map<string, tfjs.Variable>();
  }

  #flat(kept: Kept): Float32Array {
    const weights = new Map(
      [...this.#of(kept)].map(([name, variable]) => [name, { shape: variable.shape, values: variable.dataSync() as Float32Array }]),
    );
    return flatten(weights, [...this.#shapes.keys()]);
  }

  /** `late`: the second half of the layers. */
  #trained(what: StepSettings['trained']): string[] {
    const names = [...this.#shapes.keys()];
    if (what === 'all') return names;
    return what === 'head' ? names.filter((name) => HEAD.test(name)) : names.slice(Math.floor(names.length / 2));
  }

  #loss(logits: tfjs.Tensor2D, targets: tfjs.Tensor2D, weights: tfjs.Tensor2D): tfjs.Scalar {
    const tf = this.#tf;
    const each =
      this.#head === 'softmax-2'
        ? tf.neg(tf.mul(targets, tf.logSoftmax(logits)))
        : tf.add(tf.sub(tf.relu(logits), tf.mul(logits, targets)), tf.log1p(tf.exp(tf.neg(tf.abs(logits)))));
    return tf.mean(tf.sum(tf.mul(each, weights), 1));
  }

  #update(trained: readonly string[], gradients: readonly tfjs.Tensor[], settings: StepSettings): void {
    const tf = this.#tf;
    const norm = Math.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))).dataSync()[0] ?? 0);
    const clip = norm > settings.clipNorm ? settings.clipNorm / norm : 1;
    const step = ++this.#stepCount;
    const correction = Math.sqrt(1 - ADAM.beta2 ** step) / (1 - ADAM.beta1 ** step);
    for (const [index, name] of trained.entries()) {
      tf.tidy(() => {
        const gradient = tf.mul(gradients[index] as tfjs.Tensor, clip);
        const [value, average, first, second] = KEPT.map((kept) => named(this.#of(kept), name)) as [
          tfjs.Variable,
          tfjs.Variable,
          tfjs.Variable,
          tfjs.Variable,
        ];
        first.assign(tf.add(tf.mul(first, ADAM.beta1), tf.mul(gradient, 1 - ADAM.beta1)));
        second.assign(tf.add(tf.mul(second, ADAM.beta2), tf.mul(tf.square(gradient), 1 - ADAM.beta2)));
        const rate = HEAD.test(name) ? settings.headLearningRate : settings.learningRate;
        const decay = name.endsWith('kernel') ? rate * settings.weightDecay : 0;
        const move = tf.div(tf.mul(first, rate * correction), tf.add(tf.sqrt(second), ADAM.epsilon));
        value.assign(tf.sub(tf.mul(value, 1 - decay), move));
        average.assign(tf.add(tf.mul(average, settings.averageDecay), tf.mul(value, 1 - settings.averageDecay)));
      });
    }
  }

  /** @param settings of a training step; null when predicting */
  #forward(images: tfjs.Tensor4D, weights: ReadonlyMap<string, tfjs.Variable>, settings: StepSettings | null): tfjs.Tensor {
    const tf = this.#tf;
    const values = new Map<string, tfjs.Tensor>();
    for (const node of this.#graph.nodes) {
      const inputs = node.inputs.map((name) => values.get(name) as tfjs.Tensor);
      const value = node.op === 'input' ? tf.div(tf.sub(images, 127), 128) : this.#apply(node, inputs, weights);
      values.set(node.name, node.op === 'global-average' && settings !== null ? this.#dropped(value as tfjs.Tensor2D, settings) : value);
    }
    const logits = values.get(this.#graph.logits ?? '');
    if (logits === undefined) throw foreign('the network has no head');
    return logits;
  }

  #dropped(embedding: tfjs.Tensor2D, { dropout, seed }: StepSettings): tfjs.Tensor {
    if (dropout === 0) return embedding;
    const random = new Random(...seed, 0x64726f70);
    const mask = Float32Array.from({ length: embedding.size }, () => (random.chance(dropout) ? 0 : 1 / (1 - dropout)));
    return this.#tf.mul(embedding, this.#tf.tensor2d(mask, embedding.shape));
  }

  #apply(node: ComputedNode, inputs: tfjs.Tensor[], weights: ReadonlyMap<string, tfjs.Variable>): tfjs.Tensor {
    const tf = this.#tf;
    const first = firstOf(node, inputs);
    switch (node.op) {
      case 'conv':
      case 'depthwise': {
        // Not the fused call of screening: its gradient knows no ReLU6.
        const filter = named(weights, node.kernel) as unknown as tfjs.Tensor4D;
        const strides: [number, number] = [...node.strides];
        const image = first as tfjs.Tensor4D;
        const raw =
          node.op === 'conv' ? tf.conv2d(image, filter, strides, node.padding) : tf.depthwiseConv2d(image, filter, strides, node.padding);
        return this.#biased(raw, node, weights);
      }
      case 'dense':
        return this.#biased(tf.matMul(first, named(weights, node.kernel)), node, weights);
      default:
        return applyWeightless(tf, node, first, inputs);
    }
  }

  #biased(raw: tfjs.Tensor, { bias, activation }: ConvolutionNode | DenseNode, weights: ReadonlyMap<string, tfjs.Variable>): tfjs.Tensor {
    return activated(this.#tf, bias === null ? raw : this.#tf.add(raw, named(weights, bias)), activation);
  }
}
