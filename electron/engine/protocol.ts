import type { BackendName, QualityReason } from '../shared/domain/codes';
import type { GradeProbabilities, HeatMap } from '../shared/domain/screening';
import type { AppErrorData } from '../shared/errors';

/**
 * The engine's whole vocabulary. It gets encoded bytes, never a path, a key or a patient.
 * Transport (utilityProcess port or child process channel) clones structurally: typed arrays pass as they are.
 */
export interface BundleFiles {
  /** SHA-256 over the sorted `sha256  name` lines of the folder, as verified by whoever read it. */
  id: string;
  modelJson: Uint8Array;
  weights: Uint8Array;
  onnx: Uint8Array | null;
  card: Uint8Array;
}

export interface EngineFacts {
  backend: BackendName;
  /** e.g. `onnxruntime 1.30.0, CPU, 2 threads`: shown to the user as it is. */
  device: string;
  modelId: string;
  preprocessing: string;
  gate: string;
  readyMs: number;
}

export interface ImageFacts {
  format: 'jpeg' | 'png' | 'tiff' | 'bmp';
  /** After EXIF orientation, pixels. */
  width: number;
  height: number;
  /** EXIF DateTimeOriginal as written (local, without zone), or null. */
  takenAt: string | null;
  camera: string | null;
}

/** The retina's bounding circle in oriented pixels of the original. */
export interface RetinaCircle {
  centreX: number;
  centreY: number;
  radius: number;
}

/** Recorded with every position of a disc; anything that changes one changes it. */
export const DISC_LOCATOR = 'netra-disc-1';

/** From the middle of the retina, in its radii; right and down are positive. */
export interface DiscSeen {
  x: number;
  y: number;
  /** 0.5..1: how much more the half with the disc looks like it than the other half. */
  confidence: number;
}

export interface QualityResult {
  kind: 'retina' | 'not-fundus';
  /** 0..1, higher is better. */
  score: number;
  gradable: boolean;
  reasons: QualityReason[];
}

export interface PredictionResult {
  /** Raw logits of P(grade >= 1..4) before temperature. */
  logits: number[];
  p: GradeProbabilities;
  heatMap: HeatMap;
}

export interface ScreenedImage {
  facts: ImageFacts;
  retina: RetinaCircle | null;
  quality: QualityResult;
  /** Where the optic disc seems to lie; null where none was seen. */
  disc: DiscSeen | null;
  /** null for what is not a fundus photograph: it is never scored. */
  prediction: PredictionResult | null;
  /** JPEG, longest side 256 px. */
  thumbnail: Uint8Array;
  timings: { decodeMs: number; qualityMs: number; inferenceMs: number };
}

export interface BackendCheck {
  backend: BackendName;
  works: boolean;
  device: string | null;
  /** One batch through the loaded network, milliseconds, the fastest of nine; the median tells whether the machine was its own. */
  inferenceMs: number | null;
  medianMs: number | null;
  /** P(grade >= 1..4) of a fixed test pattern: backends that disagree by more than 1e-3 are not all right. */
  probabilities: number[] | null;
  /** Why it does not work, for the log and `netra check`. */
  reason: string | null;
}

/** Request name -> input and output. Adding one without its handler does not compile. */
export interface EngineRequests {
  load: { input: { bundle: BundleFiles; backend: BackendName; threads: number }; output: EngineFacts };
  /** `score: false` for a patient who refused it: the photograph is checked and nothing else. */
  screen: { input: { bytes: Uint8Array; score?: boolean }; output: ScreenedImage };
  check: { input: { bundle: BundleFiles; backend: BackendName; threads: number }; output: BackendCheck };
}
export type EngineRequestName = keyof EngineRequests;

export type ToEngine =
  | { [K in EngineRequestName]: { kind: 'request'; id: number; name: K; input: EngineRequests[K]['input'] } }[EngineRequestName]
  | { kind: 'cancel'; id: number };

export type FromEngine =
  | { kind: 'ready' }
  | { kind: 'result'; id: number; output: EngineRequests[EngineRequestName]['output'] }
  | { kind: 'error'; id: number; error: AppErrorData }
  | { kind: 'progress'; id: number; done: number; total: number };
