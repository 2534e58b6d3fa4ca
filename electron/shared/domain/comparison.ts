import type { GateResult } from '../clinical/promotion-gate';
import type { Auc, AucDifference } from '../statistics/auc';
import type { Kappa } from '../statistics/kappa';
import type { AtPrevalence, Rate } from '../statistics/operating-points';
import type { RocPoint } from '../statistics/roc';
import type { HeatMapGrid } from '../ipc/types';

/** Two models on the same photographs, as the window shows them. */

export interface ComparedFigures {
  auc: Auc | null;
  aucSevere: Auc | null;
  /** At the model's own screening point, by intention to screen. */
  sensitivity: Rate | null;
  specificity: Rate | null;
  kappa: Kappa | null;
  calibrationError: number;
  prevalence: AtPrevalence[];
  accuracy: number;
}

export interface ComparedGroup {
  /** A source, or `all`, `gradable`, `patients`. */
  name: string;
  kind: 'all' | 'gradable' | 'patients' | 'source';
  cases: number;
  positives: number;
  /** What calling everybody healthy would score. */
  accuracyAlwaysHealthy: number;
  first: ComparedFigures;
  second: ComparedFigures;
}

export interface ComparedModel {
  id: string;
  name: string;
  threshold: number;
  /** Really in use, e.g. `onnxruntime 1.30.0, CPU, 1 thread`. */
  device: string;
  roc: RocPoint[];
}

/** What one model says of a photograph. */
export interface ComparedScore {
  /** Calibrated P(grade >= 2); null for what is not a retina: sent on. */
  p2: number | null;
  sentOn: boolean;
  heatMap: HeatMapGrid | null;
}

/** How the second model differs from the first, the worst first. */
export const DIFFERENCES = ['missed', 'found', 'alarmed', 'spared'] as const;
export type Difference = (typeof DIFFERENCES)[number];

/** A photograph that one model sends on and the other does not. */
export interface DifferingImage {
  /** Names its picture: `app://image/<pictureId>/...`. */
  pictureId: string;
  file: string;
  source: string;
  grade: number | null;
  referable: boolean;
  difference: Difference;
  /** Of the upright original, pixels. */
  width: number;
  height: number;
  retina: { centreX: number; centreY: number; radius: number } | null;
  first: ComparedScore;
  second: ComparedScore;
}

export interface Comparison {
  id: string;
  at: number;
  /** Locked test patients, as the gate uses them, or the others. */
  locked: boolean;
  photographs: number;
  patients: number;
  unreadable: number;
  /** The one in use, or the first chosen. */
  first: ComparedModel;
  second: ComparedModel;
  groups: ComparedGroup[];
  /** DeLong's paired difference, second minus first, on what both scored. */
  aucDifference: AucDifference | null;
  differences: Record<Difference, number>;
  /** At most so many as anybody looks at. */
  images: DifferingImage[];
  /** What the promotion gate says of the second; null for a mere comparison. */
  gate: ComparedGate | null;
}

export interface ComparedGate {
  result: GateResult;
  activated: boolean;
  countersignedBy: string | null;
  /** A doctor's signature is all that is missing. */
  maySign: boolean;
}
