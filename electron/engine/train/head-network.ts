import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { HEAD_HIDDEN, HEAD_OUTPUTS, type Head } from '../../shared/domain/card';
import { AppError } from '../../shared/errors';
import type { Weights } from '../network/graph';
import { flatten, headShapes, unflatten } from '../network/head';
import type { Batch } from './feed';
import { Random } from './random';
import { ADAM, type StepEngine, type StepSettings, type TrainingState } from './step-engine';

interface Layer {
  /** Where its kernel and bias lie in the flat vector. */
  kernel: number;
  bias: number;
  inputs: number;
  outputs: number;
}

/** Channels that never vary are left as they are. */
const LEAST_DEVIATION = 1e-3;

/**
 * The head alone, on embeddings: products by WebAssembly, everything else in plain numbers, so that it runs where TensorFlow does not. Features are
 * standardised by the training photographs; the head that is handed out works on them as they are.
 */
export class HeadNetwork implements StepEngine {
  readonly device: string;
  readonly outputs: number;
  readonly #head: Head;
  readonly #features: number;
  readonly #trunk: Weights;
  readonly #layers: Layer[];
  readonly #mean: Float32Array;
  readonly #deviation: Float32Array;
  #state: TrainingState;

  private constructor(head: Head, trunk: Weights, features: number, embedder: string) {
    this.device = `${embedder}; tfjs wasm ${tf.version_core}`;
    this.#head = head;
    this.#features = features;
    this.outputs = HEAD_OUTPUTS[head];
    this.#trunk = trunk;
    this.#mean = new Float32Array(features);
    this.#deviation = new Float32Array(features).fill(1);
    const widths = [features, ...(HEAD_HIDDEN[head] === null ? [] : [HEAD_HIDDEN[head]]), this.outputs];
    this.#layers = [];
    let at = 0;
    for (let layer = 0; layer + 1 < widths.length; layer += 1) {
      const [inputs = 0, outputs = 0] = widths.slice(layer);
      this.#layers.push({ kernel: at, bias: at + inputs * outputs, inputs, outputs });
      at += (inputs + 1) * outputs;
    }
    this.#state = {
      weights: new Float32Array(at),
      average: new Float32Array(at),
      first: new Float32Array(at),
      second: new Float32Array(at),
      stepCount: 0,
    };
  }

  /**
   * @param trunk weights of the whole network; those of the backbone stay
   * @param embedder what computes the embeddings, in words
   * @throws AppError backend-unavailable
   */
  static async load(head: Head, trunk: Weights, features: number, embedder: string): Promise<HeadNetwork> {
    await tf.setBackend('wasm');
    await tf.ready();
    if (tf.getBackend() !== 'wasm') throw new AppError('backend-unavailable', { backend: 'wasm', reason: tf.getBackend() });
    return new HeadNetwork(head, trunk, features, embedder);
  }

  /** Takes mean and deviation of every feature from the training photographs; before `start` or `restore`. */
  standardise(embeddings: readonly Float32Array[]): void {
    for (let feature = 0; feature < this.#features; feature += 1) {
      let [sum, squares] = [0, 0];
      for (const embedding of embeddings) {
        const value = embedding[feature] as number;
        sum += value;
        squares += value * value;
      }
      const mean = sum / Math.max(1, embeddings.length);
      const deviation = Math.sqrt(Math.max(0, squares / Math.max(1, embeddings.length) - mean * mean));
      this.#mean[feature] = mean;
      this.#deviation[feature] = deviation < LEAST_DEVIATION ? 1 : deviation;
    }
  }

  start(weights: Weights): void {
    const names = [...headShapes(this.#head, this.#features).keys()];
    const flat = flatten(weights, names);
    // As if on standardised features: the first layer's kernel times the deviation, its bias plus what the mean gives.
    const { kernel, bias, inputs, outputs } = this.#first();
    for (let input = 0; input < inputs; input += 1) {
      for (let output = 0; output < outputs; output += 1) {
        const at = kernel + input * outputs + output;
        const value = flat[at] as number;
        flat[bias + output] = (flat[bias + output] as number) + value * (this.#mean[input] as number);
        flat[at] = value * (this.#deviation[input] as number);
      }
    }
    const empty = (): Float32Array => new Float32Array(flat.length);
    this.#state = { weights: flat, average: flat.slice(), first: empty(), second: empty(), stepCount: 0 };
  }

  step({ images, targets, targetWeights }: Batch, _sizePx: number, settings: StepSettings): number {
    const n = targets.length / this.outputs;
    const input = this.#standardised(images);
    dropOut(input, settings);
    const { weights } = this.#state;
    const gradient = new Float32Array(weights.length);
    const activations = this.#forward(weights, input, n);
    const logits = activations.at(-1) ?? new Float32Array();
    const { loss, slope } = this.#loss(logits, targets, targetWeights, n);
    let back = slope;
    for (let index = this.#layers.length - 1; index >= 0; index -= 1) {
      const layer = this.#layers[index] as Layer;
      const before = activations[index] as Float32Array;
      gradient.set(product(before, [n, layer.inputs], back, [n, layer.outputs], true, false), layer.kernel);
      for (let row = 0; row < n; row += 1) {
        for (let output = 0; output < layer.outputs; output += 1) {
          const at = layer.bias + output;
          gradient[at] = (gradient[at] as number) + (back[row * layer.outputs + output] as number);
        }
      }
      if (index === 0) break;
      const kernel = weights.subarray(layer.kernel, layer.bias);
      const behind = product(back, [n, layer.outputs], kernel, [layer.inputs, layer.outputs], false, true);
      back = behind.map((value, at) => ((before[at] as number) > 0 ? value : 0));
    }
    this.#update(gradient, settings);
    return loss;
  }

  predict(images: Float32Array, n: number): Float32Array {
    return this.#forward(this.#state.average, this.#standardised(images), n).at(-1) ?? new Float32Array();
  }

  state(): TrainingState {
    const { weights, average, first, second, stepCount } = this.#state;
    return { weights: weights.slice(), average: average.slice(), first: first.slice(), second: second.slice(), stepCount };
  }

  restore(state: TrainingState): void {
    this.#state = { ...state };
  }

  averagedWeights(): Float32Array {
    const flat = this.#state.average.slice();
    const { kernel, bias, inputs, outputs } = this.#first();
    for (let input = 0; input < inputs; input += 1) {
      for (let output = 0; output < outputs; output += 1) {
        const at = kernel + input * outputs + output;
        const value = (flat[at] as number) / (this.#deviation[input] as number);
        flat[at] = value;
        flat[bias + output] = (flat[bias + output] as number) - value * (this.#mean[input] as number);
      }
    }
    return flat;
  }

  weightsOf(flat: Float32Array): Weights {
    return new Map([...this.#trunk, ...unflatten(flat, headShapes(this.#head, this.#features))]);
  }

  get liveTensors(): number {
    return tf.memory().numTensors;
  }

  dispose(): void {
    this.#state = { ...this.#state, weights: new Float32Array() };
  }

  #first(): Layer {
    return this.#layers[0] as Layer;
  }

  #standardised(images: Float32Array): Float32Array {
    const result = new Float32Array(images.length);
    for (let at = 0; at < images.length; at += 1) {
      const feature = at % this.#features;
      result[at] = ((images[at] as number) - (this.#mean[feature] as number)) / (this.#deviation[feature] as number);
    }
    return result;
  }

  /** What enters each layer, and the logits. */
  #forward(weights: Float32Array, input: Float32Array, n: number): Float32Array[] {
    const values = [input];
    for (const [index, layer] of this.#layers.entries()) {
      const raw = product(
        values[index] as Float32Array,
        [n, layer.inputs],
        weights.subarray(layer.kernel, layer.bias),
        [layer.inputs, layer.outputs],
        false,
        false,
      );
      const last = index === this.#layers.length - 1;
      values.push(
        raw.map((value, at) => {
          const sum = value + (weights[layer.bias + (at % layer.outputs)] as number);
          return last ? sum : Math.max(0, sum);
        }),
      );
    }
    return values;
  }

  /** Mean loss over the batch and its slope at the logits. */
  #loss(logits: Float32Array, targets: Float32Array, weights: Float32Array, n: number): { loss: number; slope: Float32Array } {
    const slope = new Float32Array(logits.length);
    let loss = 0;
    for (let row = 0; row < n; row += 1) {
      const from = row * this.outputs;
      const of = logits.subarray(from, from + this.outputs);
      const most = Math.max(...of);
      const sum = of.reduce((total, logit) => total + Math.exp(logit - most), 0);
      for (let output = 0; output < this.outputs; output += 1) {
        const [logit, target, weight] = [of[output] as number, targets[from + output] as number, weights[from + output] as number];
        if (this.#head === 'softmax-2') {
          // The weight is the photograph's: the same for both outputs.
          loss += weight * target * (most + Math.log(sum) - logit);
          slope[from + output] = (weight * (Math.exp(logit - most) / sum - target)) / n;
        } else {
          loss += weight * (Math.max(logit, 0) - logit * target + Math.log1p(Math.exp(-Math.abs(logit))));
          slope[from + output] = (weight * (1 / (1 + Math.exp(-logit)) - target)) / n;
        }
      }
    }
    return { loss: loss / n, slope };
  }

  /** AdamW with clipping by global norm, then the weight average. */
  #update(gradient: Float32Array, { headLearningRate: rate, weightDecay, clipNorm, averageDecay }: StepSettings): void {
    const { weights, average, first, second } = this.#state;
    const norm = Math.sqrt(gradient.reduce((sum, value) => sum + value * value, 0));
    const clip = norm > clipNorm ? clipNorm / norm : 1;
    const step = ++this.#state.stepCount;
    const size = (rate * Math.sqrt(1 - ADAM.beta2 ** step)) / (1 - ADAM.beta1 ** step);
    const isBias = new Uint8Array(weights.length);
    for (const { bias, outputs } of this.#layers) isBias.fill(1, bias, bias + outputs);
    for (let at = 0; at < weights.length; at += 1) {
      const slope = (gradient[at] as number) * clip;
      const m = (first[at] = ADAM.beta1 * (first[at] as number) + (1 - ADAM.beta1) * slope);
      const v = (second[at] = ADAM.beta2 * (second[at] as number) + (1 - ADAM.beta2) * slope * slope);
      const decayed = (weights[at] as number) * (isBias[at] === 1 ? 1 : 1 - rate * weightDecay);
      weights[at] = decayed - (size * m) / (Math.sqrt(v) + ADAM.epsilon);
      average[at] = (average[at] as number) * averageDecay + (weights[at] as number) * (1 - averageDecay);
    }
  }
}

function dropOut(values: Float32Array, { dropout, seed }: StepSettings): void {
  if (dropout === 0) return;
  const random = new Random(...seed, 0x64726f70);
  for (let at = 0; at < values.length; at += 1) values[at] = random.chance(dropout) ? 0 : (values[at] as number) / (1 - dropout);
}

function product(
  a: Float32Array,
  aShape: [number, number],
  b: Float32Array,
  bShape: [number, number],
  transposeA: boolean,
  transposeB: boolean,
): Float32Array {
  return tf.tidy(() => tf.matMul(tf.tensor2d(a, aShape), tf.tensor2d(b, bShape), transposeA, transposeB).dataSync()) as Float32Array;
}
