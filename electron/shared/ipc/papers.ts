import { z } from 'zod';
import type { Advice } from '../clinical/advice';
import type { Day } from '../clinical/days';
import { PAPER_KINDS, type Paper, PROBLEM_KINDS, PROBLEM_SUBJECTS, type ProblemKind, type ProblemSubject } from '../domain/papers';
import { PATIENT_LANGUAGES, type PatientLanguage } from '../domain/patients';

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);

/** Papers of an encounter or of a whole camp, the languages they are in, and problems that somebody reports. */
export const papersInputs = {
  paperState: z.strictObject({ encounterId: id }),
  /** Prints, or asks where to save; a batch of more than a few runs as a task. */
  makePapers: z.strictObject({
    encounterIds: z.array(id).min(1).max(500),
    kind: z.enum(PAPER_KINDS),
    language: z.enum(PATIENT_LANGUAGES).nullable(),
    way: z.enum(['print', 'save']),
  }),
  voidPapers: z.strictObject({ encounterId: id, reason: z.enum(['wrong-patient', 'wrong-result', 'misprint']) }),
  /** Everybody of a day at the site who has a result. */
  campPapers: z.strictObject({ day: z.iso.date().nullable() }),

  listLanguages: nothing,
  signLanguage: z.strictObject({ language: z.enum(PATIENT_LANGUAGES) }),

  reportProblem: z.strictObject({
    kind: z.enum(PROBLEM_KINDS),
    subject: z.enum(PROBLEM_SUBJECTS).nullable(),
    subjectId: z.string().min(1).max(64).nullable(),
    harm: z.boolean(),
    words: z.string().trim().max(2000),
  }),
  listProblems: nothing,
  /** Asks where to; null when closed without a choice. */
  exportProblems: nothing,
} as const satisfies Record<keyof PapersOutputs, z.ZodType>;

export interface PaperState {
  /** null while nothing has been concluded: nothing to print. */
  advice: { code: Advice; day: Day | null; source: 'ai' | 'technician' | 'doctor' } | null;
  /** Every version, oldest first. */
  papers: Paper[];
  /** The patient's own, where it is known; a slip is in it. */
  patientLanguage: PatientLanguage | null;
  /** Of the letter; null: any eye doctor. */
  hospital: string | null;
  mayShare: boolean;
}

export interface CampPaper {
  encounterId: string;
  shortId: string;
  /** null where it was not kept. */
  name: string | null;
  advice: Advice;
  day: Day | null;
  /** The slip that holds: given, only prepared, or none. */
  slip: 'given' | 'prepared' | 'void' | 'none';
}

export interface LanguageFacts {
  language: PatientLanguage;
  draft: boolean;
  signedAt: number | null;
}

export interface ProblemReport {
  id: string;
  kind: ProblemKind;
  subject: ProblemSubject | null;
  subjectId: string | null;
  harm: boolean;
  words: string;
  facts: Record<string, string>;
  reportedBy: string;
  createdAt: number;
}

export interface PapersOutputs {
  paperState: PaperState;
  /** `made` false: the person closed the dialog. With a task the papers come later. */
  makePapers: { made: boolean; taskId: string | null };
  voidPapers: { voided: number };
  campPapers: { day: Day; rows: CampPaper[] };

  listLanguages: LanguageFacts[];
  signLanguage: LanguageFacts[];

  reportProblem: { id: string };
  listProblems: ProblemReport[];
  exportProblems: { file: string; count: number } | null;
}
