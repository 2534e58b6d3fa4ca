import type { ControlledPoint } from '../statistics/control-chart';

/** What the program watches by itself: how it does on this site's patients, month by month. */
export interface DriftReport {
  /** `2026-11`, oldest first; the site's months. */
  months: string[];
  /** Patients with a result, and those referred. */
  referrals: (ControlledPoint & { patients: number })[];
  cameras: CameraDrift[];
  audit: AuditState;
}

export interface CameraDrift {
  /** Empty: not named. */
  camera: string;
  /** By month: photographs of a retina, and the share that could not be read. */
  ungradable: (ControlledPoint & { images: number })[];
  /** By month: the mean calibrated P(grade >= 2), and how the scores are spread over ten bins of 0..1. */
  scores: (ControlledPoint & { bins: number[] })[];
}

export interface AuditState {
  /** null: nobody has been named yet, so nothing is sent to readers. */
  readers: AuditReaders | null;
  draws: AuditDraw[];
  /** Patients whom the model sent home and whose photographs have been read since. */
  negativesRead: number;
  missed: number;
  /** One-sided 95 % upper bound of the share that was missed. */
  missedAtMost: number;
  /** Patients whom the model referred, read since, and of those really referable. */
  positivesRead: number;
  positivesConfirmed: number;
}

export interface AuditReaders {
  readerIds: string[];
  adjudicatorId: string;
  /** Photographs of folders have no consent on record: the administrator has declared one. */
  consentDeclared: boolean;
}

export interface AuditDraw {
  month: string;
  positives: number;
  negatives: number;
  negativesOf: number;
}
