import { z } from 'zod';
import type { IntakeFacts, IntakeReason } from '../clinical/intake';
import type { ReadConclusion } from '../clinical/clinical-read';
import { EYES, type Eye, type PatientResult } from '../domain/codes';
import type { Answer } from '../domain/reading';
import { answerSchema } from './reading';

const nothing = z.strictObject({});
const encounter = { encounterId: z.string().min(1).max(64) };
const read = {
  ...encounter,
  eyes: z
    .array(z.strictObject({ eye: z.enum(EYES).nullable(), answer: answerSchema }))
    .min(1)
    .max(3),
  /** Refer, or refer urgently, for what no tick says. They raise and never lower. */
  refer: z.boolean(),
  urgent: z.boolean(),
};

export const clinicalInputs = {
  clinicalQueue: nothing,
  /** Takes the patient from the queue: from now until it is signed or put back the model's answer is hidden from this doctor everywhere. */
  openCase: z.strictObject(encounter),
  putBackCase: z.strictObject(encounter),
  /** What signing would conclude. */
  previewCase: z.strictObject(read),
  signCase: z.strictObject({
    ...read,
    note: z.string().max(2000),
    activeMs: z.number().min(0).max(86_400_000),
    /** A correction after the model's answer was shown. */
    correctionReason: z.string().min(1).max(500).nullable(),
  }),
  /** What was signed, with the model's answer beside it. */
  signedCase: z.strictObject(encounter),
  /** What this doctor has signed last. */
  signedCases: nothing,
  /** A patient whom this doctor has signed, with the answers as they stand, to be corrected. */
  correctCase: z.strictObject(encounter),
} as const satisfies Record<keyof ClinicalOutputs, z.ZodType>;

export interface ClinicalOutputs {
  clinicalQueue: ClinicalQueueRow[];
  openCase: ClinicalCase;
  putBackCase: null;
  previewCase: ReadConclusion;
  signCase: null;
  signedCase: SignedCase;
  signedCases: SignedRow[];
  correctCase: CaseCorrection;
}

/** Nothing of what the model said: why a row is due first is not told. */
export interface ClinicalQueueRow {
  encounterId: string;
  shortId: string;
  name: string | null;
  startedAt: number;
  /** Day of the site, `YYYY-MM-DD`. */
  dueDay: string;
  overdue: boolean;
  photographs: number;
  appealed: boolean;
  /** Somebody else has it open. */
  taken: boolean;
  /** This doctor has it open. */
  mine: boolean;
}

export interface CasePhotograph {
  imageId: string;
  eye: Eye | null;
  width: number;
  height: number;
  appealed: boolean;
}

export interface ClinicalCase {
  encounterId: string;
  patientId: string;
  shortId: string;
  name: string | null;
  startedAt: number;
  photographs: CasePhotograph[];
  /** Eyes that are not there. */
  absent: Eye[];
  intake: IntakeFacts | null;
  /** What vision, symptoms, history and age ask for. */
  intakeReasons: IntakeReason[];
  /** Earlier examinations as a doctor signed them, newest first. */
  earlier: { startedAt: number; eyes: { eye: Eye | null; answer: Answer }[]; photographs: CasePhotograph[] }[];
}

export interface SignedRow {
  encounterId: string;
  shortId: string;
  name: string | null;
  signedAt: number;
  result: PatientResult;
  urgent: boolean;
  corrected: boolean;
}

export interface CaseCorrection {
  patient: ClinicalCase;
  eyes: { eye: Eye | null; answer: Answer }[];
  refer: boolean;
  urgent: boolean;
  note: string;
}

export interface SignedCase {
  encounterId: string;
  shortId: string;
  signedAt: number;
  result: PatientResult;
  urgent: boolean;
  referBy: string | null;
  rescreenBy: string | null;
  eyes: { eye: Eye | null; answer: Answer }[];
  note: string;
  /** This doctor has signed, and can correct. */
  mine: boolean;
  corrections: { correctedAt: number; reason: string }[];
  /** The doctor has photographs of the patient to read in a series: nothing of the model until then. */
  modelHidden: boolean;
  /** The model's score of each photograph, P(grade >= 2); null where it was not scored. */
  scores: { imageId: string; eye: Eye | null; p2: number | null; threshold: number | null }[];
  /** What had been said before the doctor signed. */
  before: { source: 'ai' | 'technician' | 'doctor'; result: PatientResult; urgent: boolean } | null;
}
