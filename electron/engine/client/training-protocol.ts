import type { AppErrorData } from '../../shared/errors';
import type { Recipe } from '../../shared/domain/recipe';
import type { BundleFiles } from '../protocol';

/**
 * The training engine's vocabulary. Like the screening engine it gets bytes, never a path or a patient: whoever starts it
 * reads the photographs, stores the checkpoints, and has taken the locked patients out before anything is sent.
 */
export interface TrainingImageFacts {
  sha256: string;
  source: string;
  /** ICDR 0..4; null where the list only says referable or not. */
  grade: number | null;
  referable: boolean;
  /** 0..1: weight of the label in the loss. */
  certainty: number;
  /** `calibration` images are scored, never trained on. */
  part: 'training' | 'calibration';
}

export interface TrainingInput {
  recipe: Recipe;
  seed: number;
  images: TrainingImageFacts[];
  /** Where the network starts: a backbone (its head is drawn from the seed) or a model of the same backbone. */
  initial: BundleFiles;
  /** Of an earlier, interrupted run of the same input; null to begin. */
  checkpoint: Uint8Array | null;
  /** Folder of the training graph, part of the program's resources. */
  graphFolder: string;
  pixelThreads: number;
  /** Decoded retinas are kept in memory up to this. */
  cacheBytes: number;
}

export interface SourceAuc {
  source: string;
  images: number;
  positives: number;
  auc: number;
}

export interface EpochFacts {
  /** Counted from 1 over all stages. */
  epoch: number;
  epochs: number;
  stage: number;
  sizePx: number;
  trainingLoss: number;
  /** Mean over the sources that have at least 5 images of each class in the kept-back part; null where none has. */
  validationAuc: number | null;
  sources: SourceAuc[];
  learningRate: number;
  imagesPerSecond: number;
  seconds: number;
  /** Photographs that could not be read in this epoch; others were drawn in their place. */
  unreadable: number;
  best: boolean;
}

export interface StepFacts {
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  loss: number;
  learningRate: number;
  imagesPerSecond: number;
  secondsLeft: number;
  batchSize: number;
}

export interface TrainingResult {
  modelJson: Uint8Array;
  weights: Uint8Array;
  onnx: Uint8Array;
  sizePx: number;
  /** Epoch whose averaged weights these are. */
  epoch: number;
  /** Raw logits of the shipped (float16) weights on every calibration image that could be read. */
  calibration: { sha256: string; logits: number[] }[];
  /** Largest difference of a probability between the TensorFlow and the ONNX form. */
  parity: number;
  /** Versions that the pixels went through. */
  preprocessing: string;
  gate: string;
  history: EpochFacts[];
}

export type ToTraining =
  | { kind: 'start'; input: TrainingInput }
  | { kind: 'image'; sha256: string; bytes: Uint8Array }
  | { kind: 'image-failed'; sha256: string; error: AppErrorData }
  /** The checkpoint is on disk: training goes on. */
  | { kind: 'stored' }
  | { kind: 'store-failed'; error: AppErrorData };

export type FromTraining =
  | { kind: 'ready' }
  | { kind: 'device'; device: string }
  | { kind: 'want-image'; sha256: string }
  | { kind: 'step'; facts: StepFacts }
  | { kind: 'epoch'; facts: EpochFacts; checkpoint: Uint8Array }
  | { kind: 'finished'; result: TrainingResult }
  | { kind: 'failed'; error: AppErrorData };
