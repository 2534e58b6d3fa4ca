import { z } from 'zod';
import { EYES, PATIENT_RESULTS, type Eye, type ImageResult, type PatientResult } from '../../shared/domain/codes';
import { newId } from '../ids';
import { flag, json } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type SqlQuery, type WritableDatabase } from '../sql';

/** Of whom: a photograph, an eye or a patient. Without a known patient the photograph stands alone and is the subject at every level. */
export type OutcomeSubject =
  | { level: 'image'; imageId: string }
  | { level: 'eye'; eye: Eye; patientId: string }
  | { level: 'eye'; eye: Eye; imageId: string }
  | { level: 'patient'; patientId: string }
  | { level: 'patient'; imageId: string };

/** A failed file has no image and so no outcome; its source row says why. */
export type OutcomeResult = PatientResult | Exclude<ImageResult, 'error'>;

export interface NewOutcome {
  siteId: string;
  runId: string | null;
  encounterId: string | null;
  subject: OutcomeSubject;
  source: 'ai' | 'technician' | 'doctor';
  actorId: string;
  result: OutcomeResult;
  urgent: boolean;
  /** Codes. */
  reasons: readonly string[];
  /** What it rests on: model, operating point, thresholds in force. */
  basis: Record<string, string | number | boolean | null>;
}

export interface Outcome {
  seq: number;
  id: string;
  siteId: string;
  runId: string | null;
  encounterId: string | null;
  level: OutcomeSubject['level'];
  patientId: string | null;
  imageId: string | null;
  eye: Eye | null;
  source: NewOutcome['source'];
  actorId: string;
  result: OutcomeResult;
  urgent: boolean;
  reasons: string[];
  basis: NewOutcome['basis'];
  supersedesId: string | null;
  createdAt: number;
}

export const outcomeRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    site_id: z.string(),
    run_id: z.string().nullable(),
    encounter_id: z.string().nullable(),
    level: z.enum(['image', 'eye', 'patient']),
    patient_id: z.string().nullable(),
    image_id: z.string().nullable(),
    eye: z.enum(EYES).nullable(),
    source: z.enum(['ai', 'technician', 'doctor']),
    actor_id: z.string(),
    result: z.enum([...PATIENT_RESULTS, 'refer-ungradable']),
    urgent: flag,
    reasons: json(z.array(z.string())),
    basis: json(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))),
    supersedes_id: z.string().nullable(),
    created_at: z.number(),
  })
  .transform((row): Outcome => ({
    seq: row.seq,
    id: row.id,
    siteId: row.site_id,
    runId: row.run_id,
    encounterId: row.encounter_id,
    level: row.level,
    patientId: row.patient_id,
    imageId: row.image_id,
    eye: row.eye,
    source: row.source,
    actorId: row.actor_id,
    result: row.result,
    urgent: row.urgent,
    reasons: row.reasons,
    basis: row.basis,
    supersedesId: row.supersedes_id,
    createdAt: row.created_at,
  }));

/** Adds an outcome that takes the place of the one in force for the same subject in the same run; the same conclusion again adds nothing. */
export function recordOutcome(db: WritableDatabase, outcome: NewOutcome): Outcome {
  return transaction(db, () => {
    const before = currentOutcome(db, outcome.runId, outcome.subject);
    if (before && saysTheSame(before, outcome)) return before;
    const { patientId, imageId, eye } = columnsOf(outcome.subject);
    run(
      db,
      sql`INSERT INTO outcome (id, site_id, run_id, encounter_id, level, patient_id, image_id, eye, source, actor_id, result, urgent,
            reasons, basis, supersedes_id, created_at)
          VALUES (${newId()}, ${outcome.siteId}, ${outcome.runId}, ${outcome.encounterId}, ${outcome.subject.level}, ${patientId}, ${imageId},
            ${eye}, ${outcome.source}, ${outcome.actorId}, ${outcome.result}, ${outcome.urgent}, ${JSON.stringify(outcome.reasons)},
            ${JSON.stringify(outcome.basis)}, ${before?.id ?? null}, ${Date.now()})`,
    );
    const added = currentOutcome(db, outcome.runId, outcome.subject);
    if (!added) throw new Error('the outcome that was just stored is not there');
    return added;
  });
}

export function currentOutcome(db: ReadableDatabase, runId: string | null, subject: OutcomeSubject): Outcome | undefined {
  const { patientId, imageId, eye } = columnsOf(subject);
  // The subject's few outcomes are found by its own index; the plus signs keep SQLite from walking all of the run's.
  return get(
    db,
    sql`SELECT * FROM outcome_current
        WHERE ${subjectColumn(patientId, imageId)} AND +run_id IS ${runId} AND +level = ${subject.level} AND eye IS ${eye}
        ORDER BY seq DESC LIMIT 1`,
    outcomeRow,
  );
}

/** The outcomes in force of a run, in the order they were first concluded. */
export function listOutcomes(db: ReadableDatabase, runId: string): Outcome[] {
  return all(db, sql`SELECT * FROM outcome_current WHERE run_id = ${runId} ORDER BY seq`, outcomeRow);
}

function subjectColumn(patientId: string | null, imageId: string | null): SqlQuery {
  return patientId === null ? sql`image_id = ${imageId}` : sql`patient_id = ${patientId}`;
}

function columnsOf(subject: OutcomeSubject): { patientId: string | null; imageId: string | null; eye: Eye | null } {
  return {
    patientId: 'patientId' in subject ? subject.patientId : null,
    imageId: 'imageId' in subject ? subject.imageId : null,
    eye: subject.level === 'eye' ? subject.eye : null,
  };
}

export function saysTheSame(before: Outcome, next: Pick<NewOutcome, 'result' | 'urgent' | 'source' | 'reasons' | 'basis'>): boolean {
  return (
    before.result === next.result &&
    before.urgent === next.urgent &&
    before.source === next.source &&
    JSON.stringify([before.reasons, before.basis]) === JSON.stringify([next.reasons, next.basis])
  );
}
