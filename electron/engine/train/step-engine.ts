import type { Weights } from '../network/graph';
import type { Batch } from './feed';

/** Everything the optimiser knows: float32, in the engine's own order. */
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
  /** Which layers learn: all, from the fourth block on, from the eleventh, or the head. */
  trained: 'all' | 'late' | 'tail' | 'head';
}

/** AdamW with clipping, as everywhere: Kingma and Ba 2014, Loshchilov and Hutter 2017. */
export const ADAM = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 } as const;

/**
 * Whoever holds the weights and moves them: the training graph, the eager loop for imported backbones, or the head alone on embeddings. What a batch's
 * `images` are (pixels, feature maps, embeddings) is between the engine and its feed. Blocks the calling thread for the length of a step.
 */
export interface StepEngine {
  /** Really in use; shown as it is. */
  readonly device: string;
  /** Outputs of the head. */
  readonly outputs: number;
  /** Fills the network from a model's weights and forgets the optimiser's past. */
  start(weights: Weights): void;
  /** One AdamW step; @returns the mean loss of the batch before it. */
  step(batch: Batch, sizePx: number, settings: StepSettings): number;
  /** Raw logits of the averaged weights, n x outputs. */
  predict(images: Float32Array, n: number, sizePx: number): Float32Array;
  state(): TrainingState;
  restore(state: TrainingState): void;
  /** The averaged weights as one vector, as `weightsOf` reads it. */
  averagedWeights(): Float32Array;
  /** A vector of `averagedWeights` as a whole network. */
  weightsOf(flat: Float32Array): Weights;
  /** Tensors alive in tfjs: must not grow from step to step. */
  readonly liveTensors: number;
  dispose(): void;
}
