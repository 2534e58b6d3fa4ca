import { z } from 'zod';
import { MAX_PASSWORD_LENGTH } from '../domain/accounts';
import type { Benchmark } from '../domain/benchmark';
import type { PatientResult } from '../domain/codes';
import type { ModelCard } from '../domain/card';
import type { Comparison } from '../domain/comparison';
import type { EpochFacts } from '../domain/training';
import type { AppErrorData } from '../errors';

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);
const path = z.string().min(1).max(4096);
/** An id, or the folder of a bundle. */
const model = z.string().min(1).max(4096);
/** Where the labelled photographs come from. */
const source = { data: path, images: path.nullable() };

export const modelInputs = {
  listModels: nothing,
  modelDetail: z.strictObject({ model }),
  networkDrawing: z.strictObject({ model }),
  compareModels: z.strictObject({ first: model, second: model, ...source }),
  /** Before the promotion gate: on the locked test patients, against the model in use. */
  examineModel: z.strictObject({ model, ...source, acceptNotValidated: z.boolean() }),
  comparison: z.strictObject({ comparisonId: id }),
  /** A doctor's login and password; where there are no accounts a code, as it goes into the audit log, and no password. */
  signModel: z.strictObject({
    comparisonId: id,
    doctor: z.string().regex(/^[A-Za-z0-9._-]{1,40}$/),
    password: z.string().min(1).max(MAX_PASSWORD_LENGTH).nullable(),
  }),
  rollBackModel: nothing,
  recallList: nothing,
  rescoreRecalled: nothing,
  /** The last measurement of this machine. */
  benchmark: nothing,
  runBenchmark: nothing,
} as const satisfies Record<keyof ModelOutputs, z.ZodType>;

/** A model of the profile. */
export interface ModelRow {
  id: string;
  name: string;
  /** Comes with the program. */
  shipped: boolean;
  inUse: boolean;
  /** How it came to be in use; null for one that never was. */
  activation: { validated: boolean; at: number; rolledBackAt: number | null } | null;
  /** Why it cannot be used any more. */
  trouble: AppErrorData | null;
}

export interface PromotionRow {
  id: string;
  activeId: string;
  verdict: 'passed' | 'not-validated-here' | 'refused';
  reasons: readonly { code: string; params: Record<string, string | number> }[];
  countersignedBy: string | null;
  createdAt: number;
}

export interface ModelDetail {
  id: string;
  card: ModelCard;
  /** What it was trained from, the nearest first. */
  ancestors: { id: string; name: string }[];
  /** Every time it stood before the gate. */
  promotions: PromotionRow[];
  /** Of its training; empty where they were not kept. */
  history: EpochFacts[];
}

export interface RecalledRow {
  outcomeId: string;
  patientId: string;
  shortId: string;
  /** When they were sent home. */
  at: number;
  rescored: { modelId: string; result: PatientResult; urgent: boolean } | null;
}

export interface ModelOutputs {
  listModels: ModelRow[];
  modelDetail: ModelDetail;
  networkDrawing: { svg: string };
  compareModels: { taskId: string };
  examineModel: { taskId: string };
  comparison: Comparison;
  signModel: { activated: boolean };
  rollBackModel: { recalled: number; taskId: string | null };
  recallList: RecalledRow[];
  rescoreRecalled: { taskId: string };
  benchmark: Benchmark | null;
  runBenchmark: { taskId: string };
}
