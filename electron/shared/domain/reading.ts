/** What readers say of a photograph, in the words of the reading protocol; codes as the database stores them. */

export const UNGRADABLE_REASONS = ['vessels-undefinable', 'fovea-not-visible', 'field-cut', 'not-fundus'] as const;
export type UngradableReason = (typeof UNGRADABLE_REASONS)[number];

/** ICDR, 0 none to 4 proliferative. */
export const GRADES = [0, 1, 2, 3, 4] as const;
export type Grade = (typeof GRADES)[number];

export const MACULAR_SIGNS = ['none', 'within-disc-diameter', 'other-group', 'cannot-tell'] as const;
export type MacularSign = (typeof MACULAR_SIGNS)[number];

/** In the order of the rubric: mildest first. */
export const LESIONS = [
  'microaneurysm',
  'haemorrhage',
  'hard-exudate',
  'cotton-wool-spot',
  'venous-loop',
  'venous-beading',
  'venous-beading-2q',
  'haemorrhages-4q',
  'irma',
  'new-vessels',
  'preretinal-haemorrhage',
  'vitreous-haemorrhage',
] as const;
export type Lesion = (typeof LESIONS)[number];

export const LASER = ['none', 'scars', 'treated-stable'] as const;
export type Laser = (typeof LASER)[number];

export const OTHER_DISEASES = ['cataract', 'disc-cupping', 'disc-swelling', 'vein-occlusion', 'amd', 'detachment'] as const;
export type OtherDisease = (typeof OTHER_DISEASES)[number];

/** 1 unsure, 2 fairly sure, 3 sure. */
export const CONFIDENCES = [1, 2, 3] as const;
export type Confidence = (typeof CONFIDENCES)[number];

export interface Answer {
  gradable: boolean;
  /** Why not; empty on a gradable photograph. */
  reasons: UngradableReason[];
  /** null exactly when it is not gradable; so is `macular`. */
  grade: Grade | null;
  macular: MacularSign | null;
  /** Only where an OCT was seen. */
  centreInvolved: boolean | null;
  lesions: Lesion[];
  laser: Laser;
  otherDisease: OtherDisease[];
  referOther: boolean;
  confidence: Confidence;
  note: string;
}

/** Pixels of the upright original. */
export type Mark =
  { kind: 'point'; x: number; y: number } | { kind: 'ellipse'; centreX: number; centreY: number; radiusX: number; radiusY: number };

export const SELECTIONS = [
  'all',
  'random',
  'ungradable',
  'appeals',
  'low-confidence',
  'active-learning',
  'locked-test',
  'label-noise',
  'running-audit',
] as const;
export type Selection = (typeof SELECTIONS)[number];

/** Why a campaign did not take a photograph that was among those asked for. */
export const CAMPAIGN_LEFT_OUT_REASONS = ['not-retina', 'unchecked', 'no-consent', 'not-declared', 'not-scored'] as const;
export type CampaignLeftOutReason = (typeof CAMPAIGN_LEFT_OUT_REASONS)[number];
/** Photographs by reason. */
export type CampaignLeftOut = Partial<Record<CampaignLeftOutReason, number>>;

export const ADJUDICATIONS = ['senior', 'round-robin'] as const;
export type Adjudication = (typeof ADJUDICATIONS)[number];

export const ASSIGNMENT_KINDS = ['read', 're-read', 'round-robin', 'adjudicate'] as const;
export type AssignmentKind = (typeof ASSIGNMENT_KINDS)[number];

export const ALERT_ACTIONS = ['patient-called', 'referred-already', 'not-urgent', 'patient-unknown'] as const;
export type AlertAction = (typeof ALERT_ACTIONS)[number];

/** A read under this many milliseconds is counted for the lead. */
export const HASTY_READ_MS = 2000;
/** Share of a selected queue that is drawn at random, so that no reader can tell a queue by what is in it. */
export const RANDOM_SHARE = 0.3;
