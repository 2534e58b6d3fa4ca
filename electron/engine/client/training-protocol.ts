import type { AppErrorData } from '../../shared/errors';
import type { Recipe } from '../../shared/domain/recipe';
import type { EpochFacts, StepFacts } from '../../shared/domain/training';
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
  /** By patient, for recipes with folds. */
  fold: number;
}

export interface TrainingInput {
  /** `finish`: `initial` has learnt elsewhere; only the bundle's two forms, their comparison and the calibration are made. */
  task: 'train' | 'finish';
  recipe: Recipe;
  seed: number;
  images: TrainingImageFacts[];
  /** Where the network starts: a backbone (its head is drawn from the seed) or a model of the same backbone. */
  initial: BundleFiles;
  /** Of an earlier, interrupted run of the same input; null to begin. */
  checkpoint: Uint8Array | null;
  /** Folder with a training graph for each head, part of the program's resources. */
  graphFolder: string;
  pixelThreads: number;
  /** Decoded retinas, feature maps and embeddings are kept in memory up to this. */
  cacheBytes: number;
  /** Photographs a step: the recipe's number, or fewer where memory is short. A checkpoint may say still fewer. */
  batchSize: number;
  /** Whether whoever started this keeps prepared pictures: see `want-kept` and `keep`. */
  keeps: boolean;
}

export interface TrainingResult {
  modelJson: Uint8Array;
  weights: Uint8Array;
  onnx: Uint8Array;
  sizePx: number;
  /** Epoch whose averaged weights these are. */
  epoch: number;
  /**
   * Raw logits on every image that temperature and thresholds are fitted on, by weights that have not seen it: of the shipped (float16) weights on the
   * calibration part, or out of fold on all images.
   */
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
  /** Only the photographs, as the network gets them: answered by `square`, one by one, and `cut`. */
  | { kind: 'cut'; sha256: string[]; sizePx: number; pixelThreads: number }
  | { kind: 'image'; sha256: string; bytes: Uint8Array }
  | { kind: 'image-failed'; sha256: string; error: AppErrorData }
  /** The checkpoint is on disk: training goes on. */
  | { kind: 'stored' }
  | { kind: 'store-failed'; error: AppErrorData }
  /** Stops before the next step, holding everything. */
  | { kind: 'pause' }
  | { kind: 'go-on' }
  /** Answer to `want-kept`; null where nothing is kept under the key. */
  | { kind: 'kept'; key: string; bytes: Uint8Array | null };

export type FromTraining =
  | { kind: 'ready' }
  | { kind: 'device'; device: string }
  | { kind: 'want-image'; sha256: string }
  /** Photographs prepared before the first step (embeddings, feature maps). */
  | { kind: 'prepared'; done: number; total: number }
  | { kind: 'paused' }
  | { kind: 'step'; facts: StepFacts }
  /** `weights`: the epoch's averaged network as safetensors, where the recipe keeps every epoch. */
  | { kind: 'epoch'; facts: EpochFacts; checkpoint: Uint8Array; weights: Uint8Array | null }
  /** Prepared pictures by a key of 64 hex digits that names content, preprocessing and size: kept encrypted, or not at all. */
  | { kind: 'want-kept'; key: string }
  | { kind: 'keep'; key: string; bytes: Uint8Array }
  /** RGB, rows by rows; null where the photograph cannot be read. */
  | { kind: 'square'; sha256: string; pixels: Uint8Array | null }
  | { kind: 'cut' }
  | { kind: 'finished'; result: TrainingResult }
  | { kind: 'failed'; error: AppErrorData };
