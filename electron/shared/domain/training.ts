import type { AppErrorData } from '../errors';

/** What a training tells about itself while it runs and afterwards; the window, the command line and the database share it. */

export interface SourceAuc {
  source: string;
  images: number;
  positives: number;
  auc: number;
}

export interface EpochFacts {
  /** Counted from 1 over all stages; 0 is the network before its first step. */
  epoch: number;
  epochs: number;
  stage: number;
  sizePx: number;
  trainingLoss: number;
  /** The recipe's own loss on the scored photographs of the kept-back part; null where none could be read. */
  validationLoss: number | null;
  /** Share of them on the right side of 0.5: shown beside the AUC, chooses nothing. */
  validationAccuracy: number | null;
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

/** What happened to a training that its person must know. Stored with it. */
export type TrainingNote =
  /** Memory is short: fewer photographs a step from here on. */
  | { code: 'smaller-batch'; from: number; to: number }
  /** The GPU was lost: the last epoch's weights go on on the processor. */
  | { code: 'cpu-instead-of-gpu' }
  /** No room for prepared pictures on the disk: they are decoded again when drawn. */
  | { code: 'no-picture-cache' };

/** Where the photographs come from. */
export type TrainingSource =
  /** A list (CSV) and its folder on this machine. */
  | { kind: 'list'; data: string; images: string | null }
  /** A frozen data set of the profile. */
  | { kind: 'dataset'; datasetId: string };

export interface TrainingRequest {
  source: TrainingSource;
  /** Name of a shipped recipe. */
  recipe: string;
  /** Id of a model of the profile or the shipped one to go on from; null: the ImageNet backbone. */
  from: string | null;
  seed: number;
  /** Length of the recipe's last stage changed so that there are this many in all; null: as the recipe says. */
  epochs: number | null;
}

/** `interrupted`: the program was closed or died; `resume` goes on from the last epoch. */
export const TRAINING_STATES = ['running', 'paused', 'interrupted', 'cancelled', 'failed', 'finished'] as const;
export type TrainingState = (typeof TRAINING_STATES)[number];

export interface TrainingRunSummary {
  id: string;
  request: TrainingRequest;
  /** Of the person who started it. */
  actorId: string;
  startedAt: number;
  /** When its state was last written. */
  changedAt: number;
  state: TrainingState;
  /** Why it failed. */
  error: AppErrorData | null;
  /** The model that came out, kept in the profile and not in use. */
  modelId: string | null;
  epochs: number;
  epochsDone: number;
  bestEpoch: number | null;
  /** Of the best epoch. */
  validationAuc: number | null;
}

export interface TrainingRunDetail extends TrainingRunSummary {
  /** The curves. */
  history: EpochFacts[];
  notes: TrainingNote[];
  device: string | null;
  /** Photographs by part; null until they were read. */
  counts: TrainingCounts | null;
}

export interface TrainingCounts {
  training: number;
  calibration: number;
  /** Rows of locked test patients: left out before any of their files was opened. */
  locked: number;
  unlabelled: number;
  unreadable: number;
  duplicates: number;
}

/** The training under way, as the window shows it. */
export interface TrainingLive {
  runId: string;
  phase: 'reading-files' | 'training' | 'pausing' | 'paused' | 'cancelling' | 'finishing';
  files: { done: number; total: number } | null;
  /** Really in use, e.g. `TensorFlow 2.21.0, CPU`. */
  device: string | null;
  step: StepFacts | null;
}

/** A recipe in words, for choosing. */
export interface RecipeSummary {
  name: string;
  summary: string;
  backbone: string;
  head: string;
  /** Sides of the stages' inputs, pixels, and their epochs. */
  stages: { sizePx: number; epochs: number; trained: string }[];
  drawsPerEpoch: number;
  reasons: Readonly<Record<string, string>>;
}

/** One source of a data set. */
export interface SourceCounts {
  source: string;
  photographs: number;
  referable: number;
  /** By grade 0..4, then unknown. */
  grades: [number, number, number, number, number, number];
}

/** A data set at a glance, before anything is trained. */
export interface TrainingSetSummary {
  photographs: number;
  patients: number;
  lockedPatients: number;
  referable: number;
  unlabelled: number;
  unknownColumns: string[];
  sources: SourceCounts[];
  /** How the labels came about. */
  methods: { method: string; photographs: number }[];
}
