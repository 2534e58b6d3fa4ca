import type { Advice } from '../clinical/advice';
import type { Day } from '../clinical/days';
import type { PatientLanguage } from './patients';

/** What is handed over on paper; codes as the database stores them. */
export const PAPER_KINDS = ['slip', 'letter', 'report'] as const;
export type PaperKind = (typeof PAPER_KINDS)[number];

/** Why a paper no longer holds. `superseded` follows by itself from a newer outcome. */
export const VOID_REASONS = ['superseded', 'wrong-patient', 'wrong-result', 'misprint'] as const;
export type VoidReason = (typeof VOID_REASONS)[number];

export interface Paper {
  id: string;
  kind: PaperKind;
  encounterId: string;
  patientId: string;
  /** Counted at the site; a new version keeps it. */
  number: number;
  version: number;
  outcomeId: string;
  advice: Advice;
  day: Day | null;
  hospitalId: string | null;
  language: PatientLanguage;
  void: VoidReason | null;
  /** First printed or saved; null while it was only prepared. */
  givenAt: number | null;
  createdAt: number;
}

/** Whom a letter is written for: everybody else is not sent to a hospital. */
export function isReferred(advice: Advice): boolean {
  return advice === 'see-doctor-now' || advice === 'see-doctor-by' || advice === 'could-not-see';
}

/** `000123-2`: as printed, spoken and coded; never a name. */
export function paperNumber(paper: Pick<Paper, 'number' | 'version'>): string {
  return `${String(paper.number).padStart(6, '0')}-${paper.version}`;
}

export const PROBLEM_KINDS = ['missed', 'false-alarm', 'wrong-patient', 'wrong-eye', 'wrong-words', 'cannot-work', 'other'] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];
export const PROBLEM_SUBJECTS = ['encounter', 'run', 'image'] as const;
export type ProblemSubject = (typeof PROBLEM_SUBJECTS)[number];
