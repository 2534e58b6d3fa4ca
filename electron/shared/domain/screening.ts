import type { AppErrorData } from '../errors';
import type { BackendName, Eye, ImageResult, PatientResult, QualityReason, SiteMode } from './codes';

/** P(grade >= 1..4), calibrated, each no greater than the one before; NaN where the head does not say (softmax-2 knows only the second). */
export type GradeProbabilities = readonly [number, number, number, number];

/** A class activation map for grade >= 2 before calibration: rows x columns, row-major; the head's bias is in every cell, so that its mean is the raw logit. */
export interface HeatMap {
  rows: number;
  columns: number;
  values: Float32Array;
}

/** One file of a run as screen, CSV, JSON and report show it. Patient and eye are null where unknown: said, never guessed. */
export interface ImageRow {
  imageId: string | null;
  /** As found under the argument, for display; bytes that are not UTF-8 are shown replaced. */
  file: string;
  patient: string | null;
  eye: Eye | null;
  gradable: boolean | null;
  /** 0..1, higher is better; null only with an error. */
  quality: number | null;
  reasons: QualityReason[];
  /** null for what is not a fundus photograph, and with an error. */
  p: GradeProbabilities | null;
  result: ImageResult;
  modelId: string | null;
  backend: BackendName | null;
  /** File to stored result, milliseconds. */
  ms: number | null;
  error: AppErrorData | null;
  /** Warnings that do not stop the file (patient or eye unknown, contradicting names of one content). */
  notes: ImageNote[];
}
export type ImageNote = 'patient-unknown' | 'eye-unknown' | 'duplicate-content' | 'duplicate-content-contradicts';

/** Why an eye does not count as examined, or what decided it. */
export const EYE_REASONS = [
  'score',
  'opaque',
  'absent',
  'not-possible',
  'missing',
  'field-missing',
  'file-failed',
  'not-fundus',
  'ungradable',
  'not-scored',
  'below-threshold',
] as const;
export type EyeReason = (typeof EYE_REASONS)[number];

/** Everything that a patient's result rests on: what refers first, then what stands in the way of clearing. */
export const PATIENT_REASONS = [
  'score',
  'opaque-eye',
  'raised',
  'ungradable',
  'eye-missing',
  'file-failed',
  'eye-unknown',
  'not-scored',
  'below-threshold',
] as const;
export type PatientReason = (typeof PATIENT_REASONS)[number];

export interface EyeRow {
  eye: Eye;
  result: PatientResult;
  reasons: EyeReason[];
  /** Worst calibrated P(grade >= 2) over all scored images of the eye, rejected ones included. */
  p2: number | null;
  imageIds: string[];
}

export interface PatientRow {
  /** Display name within the run: the number, folder or list entry; for an image standing alone its file name. */
  patient: string;
  patientId: string | null;
  /** False for a photograph without a patient: it stands alone. */
  identified: boolean;
  result: PatientResult;
  /** Refer urgently: P(grade >= 3) at or above the urgent threshold of the operating point. */
  urgent: boolean;
  /** In the order of PATIENT_REASONS; never empty. */
  reasons: PatientReason[];
  eyes: EyeRow[];
  /** Images of this patient whose eye is unknown. */
  unplacedImageIds: string[];
}

export interface RunCounts {
  found: number;
  done: number;
  reused: number;
  failed: number;
  otherFiles: number;
}

export interface RunFacts {
  runId: string;
  startedAt: number;
  finishedAt: number | null;
  counts: RunCounts;
  backend: BackendName;
  modelId: string;
  modelName: string;
  preprocessing: string;
  gate: string;
  siteMode: SiteMode;
  /** False until a named doctor has signed a validation on this site's own patients: the model may raise, never clear. */
  validatedHere: boolean;
  /** False while the profile's key lies unwrapped beside it. */
  protected: boolean;
}

export interface RunProgress {
  counts: RunCounts;
  imagesPerSecond: number;
  secondsLeft: number | null;
}
