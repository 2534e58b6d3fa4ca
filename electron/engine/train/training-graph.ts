import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as tfjs from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { AppError } from '../../shared/errors';
import { requireTensorflow } from '../backends/tensorflow';
import { HEAD_OUTPUTS, HEADS, type Head } from '../../shared/domain/card';
import type { Weights } from '../network/graph';
import { flatten, headShapes, unflatten } from '../network/head';
import { lite0WeightShapes } from '../network/lite0';
import type { Batch } from './feed';
import type { StepEngine, StepSettings, TrainingState } from './step-engine';

const entrySchema = z.object({ name: z.string(), shape: z.array(z.number().int()) });
const parametersSchema = z.object({ head: z.enum(HEADS), folded: z.array(entrySchema), state: z.array(entrySchema) });

const STEP_SIGNATURES = { all: 'step', late: 'step_late', tail: 'step_tail', head: 'step_head' } as const;
const ALWAYS = ['start', 'predict', 'get', 'set', 'folded'] as const;
const FOR_TAIL = ['early', 'predict_tail'] as const;
type Signature = (typeof ALWAYS)[number] | (typeof FOR_TAIL)[number] | (typeof STEP_SIGNATURES)[StepSettings['trained']];

function signaturesFor(kinds: readonly StepSettings['trained'][]): Signature[] {
  const steps = [...new Set(kinds)].map((kind) => STEP_SIGNATURES[kind]);
  return [...ALWAYS, ...steps, ...(kinds.includes('tail') ? FOR_TAIL : [])];
}
const EMBEDDING = 1280;
/** Feature maps before the eleventh block: a sixteenth of the input's side. */
const TAIL_STRIDE = 16;
export const TAIL_CHANNELS = 112;
type Tensors = Record<string, tfjs.Tensor>;

interface SavedModel {
  predict(inputs: Tensors): Tensors;
  dispose(): void;
}

/**
 * The training step as one call into a TensorFlow session (resources/training-graph, written by scripts/model/training_graph.py):
 * the weights stay inside. Blocks the calling thread for the length of a step, so it lives in a process of its own.
 */
export class TrainingGraph implements StepEngine {
  readonly device: string;
  readonly outputs: number;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  #onMaps = false;
  readonly #tf: typeof tfjs;
  readonly #models: ReadonlyMap<Signature, SavedModel>;

  private constructor(tf: typeof tfjs, device: string, models: ReadonlyMap<Signature, SavedModel>, head: Head) {
    this.#tf = tf;
    this.device = device;
    this.#models = models;
    this.outputs = HEAD_OUTPUTS[head];
    this.#shapes = new Map([...lite0WeightShapes(null), ...headShapes(head, EMBEDDING)]);
  }

  /**
   * @param graphs folder with a graph for each head
   * @param kinds of the steps that will be asked for: each signature costs a second to load
   * @throws AppError backend-unavailable where TensorFlow is missing or refuses the graph
   */
  static async load(graphs: string, head: Head, kinds: readonly StepSettings['trained'][]): Promise<TrainingGraph> {
    const folder = join(graphs, head);
    try {
      const parameters = parametersSchema.parse(JSON.parse(await readFile(join(folder, 'parameters.json'), 'utf8')));
      if (parameters.head !== head) throw new Error(`the graph is for ${parameters.head}`);
      const tf = requireTensorflow() as unknown as typeof tfjs & {
        node: { loadSavedModel(path: string, tags: string[], signature: string): Promise<SavedModel> };
      };
      await tf.setBackend('tensorflow');
      const backend = tf.backend() as unknown as { isUsingGpuDevice: boolean; binding: { TF_Version: string } };
      const models = new Map<Signature, SavedModel>();
      for (const signature of signaturesFor(kinds)) models.set(signature, await tf.node.loadSavedModel(folder, ['serve'], signature));
      return new TrainingGraph(tf, `TensorFlow ${backend.binding.TF_Version}, ${backend.isUsingGpuDevice ? 'GPU' : 'CPU'}`, models, head);
    } catch (error) {
      throw new AppError(
        'backend-unavailable',
        { backend: 'tensorflow', reason: (error instanceof Error ? error.message : String(error)).slice(0, 300) },
        error,
      );
    }
  }

  /** From now on batches and predictions are feature maps of `early`. */
  workOnMaps(): void {
    this.#onMaps = true;
  }

  /** What enters the tail. @param images n x size x size x 3, values 0..255 @returns n x size/16 x size/16 x 112 */
  early(images: Float32Array, n: number, sizePx: number): Float32Array {
    return this.#run('early', (tf) => ({ images: tf.tensor4d(images, [n, sizePx, sizePx, 3]) }), ['maps']).maps ?? new Float32Array();
  }

  /** Fills the network from a model's weights and forgets the optimiser's past. */
  start(weights: Weights): void {
    const flat = flatten(weights, [...this.#shapes.keys()]);
    this.#run('start', (tf) => ({ folded: tf.tensor1d(flat) }), ['done']);
  }

  /** One AdamW step; @returns the mean loss of the batch before it. */
  step({ images, targets, targetWeights }: Batch, sizePx: number, settings: StepSettings): number {
    const n = targets.length / this.outputs;
    const outputs = this.#run(
      STEP_SIGNATURES[settings.trained],
      (tf) => ({
        images: tf.tensor4d(images, this.#shapeOf(n, sizePx)),
        targets: tf.tensor2d(targets, [n, this.outputs]),
        target_weights: tf.tensor2d(targetWeights, [n, this.outputs]),
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

  /** Raw logits of the averaged weights. @param images n x size x size x 3, values 0..255, or feature maps */
  predict(images: Float32Array, n: number, sizePx: number): Float32Array {
    const signature = this.#onMaps ? 'predict_tail' : 'predict';
    return (
      this.#run(signature, (tf) => ({ images: tf.tensor4d(images, this.#shapeOf(n, sizePx)) }), ['logits']).logits ?? new Float32Array()
    );
  }

  #shapeOf(n: number, sizePx: number): [number, number, number, number] {
    return this.#onMaps ? [n, sizePx / TAIL_STRIDE, sizePx / TAIL_STRIDE, TAIL_CHANNELS] : [n, sizePx, sizePx, 3];
  }

  weightsOf(flat: Float32Array): Weights {
    return unflatten(flat, this.#shapes);
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
