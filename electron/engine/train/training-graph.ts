import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as tfjs from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { AppError } from '../../shared/errors';
import { requireTensorflow } from '../backends/tensorflow';
import type { Weights } from '../network/graph';
import { lite0WeightShapes } from '../network/lite0';
import type { Batch } from './image-feed';

const entrySchema = z.object({ name: z.string(), shape: z.array(z.number().int()) });
const parametersSchema = z.object({ outputs: z.literal(4), folded: z.array(entrySchema), state: z.array(entrySchema) });

const SIGNATURES = ['start', 'step', 'step_late', 'step_head', 'predict', 'get', 'set', 'folded'] as const;
type Signature = (typeof SIGNATURES)[number];
const STEP_SIGNATURES = { all: 'step', late: 'step_late', head: 'step_head' } as const;
type Tensors = Record<string, tfjs.Tensor>;

/** Everything the optimiser knows: float32, in the graph's own order. */
export interface TrainingState {
  weights: Float32Array;
  average: Float32Array;
  first: Float32Array;
  second: Float32Array;
  stepCount: number;
}

export interface StepSettings {
  learningRate: number;
  headLearningRate: number;
  weightDecay: number;
  clipNorm: number;
  averageDecay: number;
  dropout: number;
  /** Of the dropout mask. */
  seed: readonly [number, number];
  /** Which layers learn: all, from the fourth block on, or the head. */
  trained: 'all' | 'late' | 'head';
}

interface SavedModel {
  predict(inputs: Tensors): Tensors;
  dispose(): void;
}

/**
 * The training step as one call into a TensorFlow session (resources/training-graph, written by scripts/model/training_graph.py):
 * the weights stay inside. Blocks the calling thread for the length of a step, so it lives in a process of its own.
 */
export class TrainingGraph {
  readonly device: string;
  readonly #tf: typeof tfjs;
  readonly #models: ReadonlyMap<Signature, SavedModel>;

  private constructor(tf: typeof tfjs, device: string, models: ReadonlyMap<Signature, SavedModel>) {
    this.#tf = tf;
    this.device = device;
    this.#models = models;
  }

  /**
   * @param folder of the graph
   * @throws AppError backend-unavailable where TensorFlow is missing or refuses the graph
   */
  static async load(folder: string): Promise<TrainingGraph> {
    try {
      parametersSchema.parse(JSON.parse(await readFile(join(folder, 'parameters.json'), 'utf8')));
      const tf = requireTensorflow() as unknown as typeof tfjs & {
        node: { loadSavedModel(path: string, tags: string[], signature: string): Promise<SavedModel> };
      };
      await tf.setBackend('tensorflow');
      const backend = tf.backend() as unknown as { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
      const models = new Map<Signature, SavedModel>();
      for (const signature of SIGNATURES) models.set(signature, await tf.node.loadSavedModel(folder, ['serve'], signature));
      return new TrainingGraph(tf, `TensorFlow ${backend.binding.TF_Version}, ${backend.isUsingGpuDevice ? 'GPU' : 'CPU'}`, models);
    } catch (error) {
      throw new AppError(
        'backend-unavailable',
        { backend: 'tensorflow', reason: (error instanceof Error ? error.message : String(error)).slice(0, 300) },
        error,
      );
    }
  }

  /** Fills the network from a model's weights and forgets the optimiser's past. */
  start(weights: Weights): void {
    const flat = flatten(weights);
    this.#run('start', (tf) => ({ folded: tf.tensor1d(flat) }), ['done']);
  }

  /** One AdamW step; @returns the mean loss of the batch before it. */
  step({ images, targets, targetWeights }: Batch, sizePx: number, settings: StepSettings): number {
    const n = targets.length / 4;
    const outputs = this.#run(
      STEP_SIGNATURES[settings.trained],
      (tf) => ({
        images: tf.tensor4d(images, [n, sizePx, sizePx, 3]),
        targets: tf.tensor2d(targets, [n, 4]),
        target_weights: tf.tensor2d(targetWeights, [n, 4]),
        seed: tf.tensor1d([...settings.seed], 'int32'),
        learning_rate: tf.scalar(settings.learningRate),
        head_learning_rate: tf.scalar(settings.headLearningRate),
        weight_decay: tf.scalar(settings.weightDecay),
        clip_norm: tf.scalar(settings.clipNorm),
        average_decay: tf.scalar(settings.averageDecay),
        dropout: tf.scalar(settings.dropout),
      }),
      ['loss'],
    );
    return outputs.loss?.[0] ?? Number.NaN;
  }

  /** Raw logits of the averaged weights. @param images n x size x size x 3, values 0..255 @returns n x 4 */
  predict(images: Float32Array, n: number, sizePx: number): Float32Array {
    return this.#run('predict', (tf) => ({ images: tf.tensor4d(images, [n, sizePx, sizePx, 3]) }), ['logits']).logits ?? new Float32Array();
  }

  state(): TrainingState {
    const { weights, average, first, second, step_count } = this.#run('get', () => ({}), [
      'weights',
      'average',
      'first',
      'second',
      'step_count',
    ]);
    if (!weights || !average || !first || !second || !step_count) throw new AppError('internal');
    return { weights, average, first, second, stepCount: step_count[0] ?? 0 };
  }

  restore({ weights, average, first, second, stepCount }: TrainingState): void {
    this.#run(
      'set',
      (tf) => ({
        weights: tf.tensor1d(weights),
        average: tf.tensor1d(average),
        first: tf.tensor1d(first),
        second: tf.tensor1d(second),
        step_count: tf.scalar(stepCount),
      }),
      ['done'],
    );
  }

  /** The averaged weights as a network, kernels multiplied by their scales. */
  averagedWeights(): Float32Array {
    return this.#run('folded', () => ({}), ['average']).average ?? new Float32Array();
  }

  /** Tensors alive in tfjs: must not grow from step to step. */
  get liveTensors(): number {
    return this.#tf.memory().numTensors;
  }

  dispose(): void {
    for (const model of this.#models.values()) model.dispose();
  }

  #run(signature: Signature, inputs: (tf: typeof tfjs) => Tensors, wanted: string[]): Record<string, Float32Array> {
    const model = this.#models.get(signature);
    if (!model) throw new AppError('internal');
    const result: Record<string, Float32Array> = {};
    this.#tf.tidy(() => {
      const outputs = model.predict(inputs(this.#tf));
      for (const name of wanted) result[name] = (outputs[name]?.dataSync() as Float32Array | undefined) ?? new Float32Array();
    });
    return result;
  }
}

function flatten(weights: Weights): Float32Array {
  const parts: Float32Array[] = [];
  for (const [name, shape] of lite0WeightShapes(4)) {
    const weight = weights.get(name);
    if (!weight || weight.values.length !== count(shape))
      throw new AppError('bundle-foreign', { detail: `weights ${name} do not fit the training graph` });
    parts.push(weight.values);
  }
  const flat = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    flat.set(part, at);
    at += part.length;
  }
  return flat;
}

/** The flat vector of a network as named weights. */
export function unflatten(flat: Float32Array): Weights {
  const weights = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  let at = 0;
  for (const [name, shape] of lite0WeightShapes(4)) {
    weights.set(name, { shape, values: flat.slice(at, at + count(shape)) });
    at += count(shape);
  }
  return weights;
}

function count(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}
