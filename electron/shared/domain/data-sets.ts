import type { Eye } from './codes';
import type { Grade, MacularSign } from './reading';

/** Frozen, versioned sets of labels: what training, the gate and other sites may rely on. */

export const PARTS = ['train', 'validation', 'locked'] as const;
export type Part = (typeof PARTS)[number];

/** How a label came about. `single` is one doctor, `unknown` a list that does not say. */
export const LABEL_METHODS = ['adjudicated', 'agreement', 'single', 'unknown'] as const;
export type LabelMethod = (typeof LABEL_METHODS)[number];

export interface DatasetItem {
  imageId: string;
  /** Hex. */
  imageSha256: string;
  /** The patient under a name of this data set only. */
  subject: string;
  eye: Eye | null;
  part: Part;
  /** One over the share of its stratum that was drawn into this part. */
  weight: number;
  method: LabelMethod;
  /** 0..1: how sure the label is; weight of the photograph in the loss. */
  certainty: number;
  gradable: boolean;
  grade: Grade | null;
  macular: MacularSign | null;
  /** Grade 2 at least, or a macular sign that refers; null on what cannot be graded. */
  referable: boolean | null;
  camera: string;
  source: string;
}

/** Why a photograph that somebody has read did not get into a data set; `undecided` has no label yet, `nothing-gradable` is of a patient who has no part yet. */
export const LEFT_OUT_REASONS = [
  'undecided',
  'no-consent',
  'patient-changed',
  'look-alike',
  'other-part-elsewhere',
  'nothing-gradable',
] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];
export type LeftOut = Partial<Record<LeftOutReason, number>>;

export interface Dataset {
  id: string;
  version: number;
  origin: 'frozen' | 'imported';
  /** Hex, over the sorted lines of its items. */
  manifestSha256: string;
  leftOut: LeftOut;
  actorId: string;
  createdAt: number;
}

export interface PartCounts {
  part: Part;
  images: number;
  patients: number;
  ungradable: number;
  /** Photographs by ICDR grade 0..4; `unknown` has a referable flag without a grade. */
  grades: [number, number, number, number, number];
  unknown: number;
  referablePatients: number;
  otherPatients: number;
}

export interface GroupCounts {
  name: string;
  images: number;
  patients: number;
  referable: number;
}

/** A data set at a glance. */
export interface DatasetSummary extends Dataset {
  images: number;
  patients: number;
  parts: PartCounts[];
  cameras: GroupCounts[];
  sources: GroupCounts[];
  methods: { method: LabelMethod; images: number }[];
  /** Towards the promotion gate: locked patients with referable disease and without, and how many it wants. */
  gate: { referable: number; referableWanted: number; other: number; otherWanted: number };
  /** Photographs whose patients have since taken back their consent: training and export leave them out, and want a new version. */
  withdrawn: number;
}

export interface DatasetChange {
  imageSha256: string;
  before: Pick<DatasetItem, 'part' | 'grade' | 'gradable' | 'method'> | null;
  after: Pick<DatasetItem, 'part' | 'grade' | 'gradable' | 'method'> | null;
}

/** Two versions compared by content. */
export interface DatasetDiff {
  added: number;
  removed: number;
  regraded: number;
  moved: number;
  unchanged: number;
  /** The first of them; `more` says how many are left out here. */
  changes: DatasetChange[];
  more: number;
}

/** Two photographs that look like one. */
export interface LookAlike {
  first: LookAlikeImage;
  second: LookAlikeImage;
  /** Pixel correlation of the cut-out retinas, -1..1. */
  correlation: number;
  /** null: nobody has looked yet. */
  same: boolean | null;
}

export interface LookAlikeImage {
  imageId: string;
  imageSha256: string;
  part: Part | null;
}
