import { z } from 'zod';
import { type Eye, EYES, PATIENT_RESULTS, type PatientResult } from '../../shared/domain/codes';
import type { Answer } from '../../shared/domain/reading';
import { newId } from '../ids';
import { flag, json } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';
import { ANSWER_NAMES, answerColumns, answerValues, toAnswer } from './answers';

/** An examination with photographs that no doctor has signed. */
export interface WaitingCase {
  encounterId: string;
  patientId: string;
  shortId: string;
  startedAt: number;
  photographs: number;
  /** A technician has objected to the gate. */
  appealed: boolean;
  /** The outcome in force; null before the first. */
  result: PatientResult | null;
  urgent: boolean;
  /** Who has it open. */
  doctorId: string | null;
}

const waitingRow = z
  .object({
    id: z.string(),
    patient_id: z.string(),
    short_id: z.string(),
    started_at: z.number(),
    photographs: z.number(),
    appealed: flag,
    result: z.enum(PATIENT_RESULTS).nullable(),
    urgent: flag.nullable(),
    doctor_id: z.string().nullable(),
  })
  .transform((row): WaitingCase => ({
    encounterId: row.id,
    patientId: row.patient_id,
    shortId: row.short_id,
    startedAt: row.started_at,
    photographs: row.photographs,
    appealed: row.appealed,
    result: row.result,
    urgent: row.urgent ?? false,
    doctorId: row.doctor_id,
  }));

/** Oldest first. A photograph put to the patient after the last signature brings the examination back. */
export function listWaitingCases(db: ReadableDatabase): WaitingCase[] {
  return all(
    db,
    sql`SELECT e.id, e.patient_id, p.short_id, e.started_at, count(i.image_id) AS photographs,
          EXISTS (SELECT 1 FROM quality_appeal q WHERE q.encounter_id = e.id) AS appealed, o.result, o.urgent,
          (SELECT doctor_id FROM clinical_assignment_open c WHERE c.encounter_id = e.id ORDER BY c.seq DESC LIMIT 1) AS doctor_id
        FROM encounter e
        JOIN patient p ON p.id = e.patient_id
        JOIN image_assignment_current i ON i.encounter_id = e.id
        LEFT JOIN outcome_current o ON o.encounter_id = e.id AND o.run_id IS NULL AND +o.level = 'patient'
        WHERE NOT EXISTS (
          SELECT 1 FROM clinical_read r JOIN clinical_assignment a ON a.id = r.assignment_id WHERE a.encounter_id = e.id
            AND r.created_at >= (SELECT max(n.created_at) FROM image_assignment_current n WHERE n.encounter_id = e.id))
        GROUP BY e.id ORDER BY e.seq`,
    waitingRow,
  );
}

export interface ClinicalAssignment {
  id: string;
  encounterId: string;
  patientId: string;
  doctorId: string;
}

const assignmentRow = z
  .object({ id: z.string(), encounter_id: z.string(), patient_id: z.string(), doctor_id: z.string() })
  .transform((row): ClinicalAssignment => ({
    id: row.id,
    encounterId: row.encounter_id,
    patientId: row.patient_id,
    doctorId: row.doctor_id,
  }));

/** Who has it open now. */
export function openClinicalAssignment(db: ReadableDatabase, encounterId: string): ClinicalAssignment | undefined {
  return get(db, sql`SELECT * FROM clinical_assignment_open WHERE encounter_id = ${encounterId} ORDER BY seq DESC LIMIT 1`, assignmentRow);
}

export function addClinicalAssignment(
  db: WritableDatabase,
  one: { siteId: string; encounterId: string; patientId: string; doctorId: string },
): void {
  run(
    db,
    sql`INSERT INTO clinical_assignment (id, site_id, patient_id, encounter_id, doctor_id, created_at)
        VALUES (${newId()}, ${one.siteId}, ${one.patientId}, ${one.encounterId}, ${one.doctorId}, ${Date.now()})`,
  );
}

export function endClinicalAssignment(db: WritableDatabase, assignmentId: string): void {
  run(db, sql`INSERT INTO clinical_assignment_end (assignment_id, created_at) VALUES (${assignmentId}, ${Date.now()})`);
}

/** All that a doctor has open go back to the queue. */
export function endClinicalAssignmentsOf(db: WritableDatabase, doctorId: string): void {
  run(
    db,
    sql`INSERT INTO clinical_assignment_end (assignment_id, created_at)
        SELECT id, ${Date.now()} FROM clinical_assignment_open WHERE doctor_id = ${doctorId}`,
  );
}

export interface EyeAnswer {
  eye: Eye | null;
  answer: Answer;
}
export interface NewClinicalRead {
  siteId: string;
  assignmentId: string;
  doctorId: string;
  result: PatientResult;
  urgent: boolean;
  reasons: readonly string[];
  /** Days of the site, `YYYY-MM-DD`. */
  referBy: string | null;
  rescreenBy: string | null;
  note: string;
  activeMs: number;
  unblinded: boolean;
  correctionReason: string | null;
  supersedesId: string | null;
  eyes: readonly EyeAnswer[];
}
export interface ClinicalRead extends NewClinicalRead {
  id: string;
  createdAt: number;
}

/** @returns the id */
export function addClinicalRead(db: WritableDatabase, read: NewClinicalRead): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO clinical_read (id, site_id, assignment_id, doctor_id, result, urgent, reasons, refer_by, rescreen_by, note, active_ms, unblinded,
          correction_reason, supersedes_id, created_at)
        VALUES (${id}, ${read.siteId}, ${read.assignmentId}, ${read.doctorId}, ${read.result}, ${read.urgent}, ${JSON.stringify(read.reasons)},
          ${read.referBy}, ${read.rescreenBy}, ${read.note}, ${Math.round(read.activeMs)}, ${read.unblinded}, ${read.correctionReason},
          ${read.supersedesId}, ${Date.now()})`,
  );
  for (const { eye, answer } of read.eyes) {
    run(
      db,
      sql`INSERT INTO clinical_eye (id, clinical_read_id, eye, ${ANSWER_NAMES}) VALUES (${newId()}, ${id}, ${eye}, ${answerValues(answer)})`,
    );
  }
  return id;
}

const readRow = z.object({
  id: z.string(),
  site_id: z.string(),
  assignment_id: z.string(),
  doctor_id: z.string(),
  result: z.enum(PATIENT_RESULTS),
  urgent: flag,
  reasons: json(z.array(z.string())),
  refer_by: z.string().nullable(),
  rescreen_by: z.string().nullable(),
  note: z.string(),
  active_ms: z.number(),
  unblinded: flag,
  correction_reason: z.string().nullable(),
  supersedes_id: z.string().nullable(),
  created_at: z.number(),
});

export interface SignedExamination {
  encounterId: string;
  patientId: string;
  shortId: string;
  signedAt: number;
  result: PatientResult;
  urgent: boolean;
  corrected: boolean;
}

/** What a doctor has signed and nobody after, the newest first. */
export function listSignedBy(db: ReadableDatabase, doctorId: string, limit: number): SignedExamination[] {
  return all(
    db,
    sql`SELECT a.encounter_id, a.patient_id, p.short_id, r.created_at, r.result, r.urgent, r.unblinded FROM clinical_read r
        JOIN clinical_assignment a ON a.id = r.assignment_id JOIN patient p ON p.id = a.patient_id
        WHERE r.doctor_id = ${doctorId} AND NOT EXISTS (
          SELECT 1 FROM clinical_assignment o JOIN clinical_read later ON later.assignment_id = o.id
          WHERE o.encounter_id = a.encounter_id AND later.seq > r.seq)
        ORDER BY r.seq DESC LIMIT ${limit}`,
    z
      .object({
        encounter_id: z.string(),
        patient_id: z.string(),
        short_id: z.string(),
        created_at: z.number(),
        result: z.enum(PATIENT_RESULTS),
        urgent: flag,
        unblinded: flag,
      })
      .transform((row): SignedExamination => ({
        encounterId: row.encounter_id,
        patientId: row.patient_id,
        shortId: row.short_id,
        signedAt: row.created_at,
        result: row.result,
        urgent: row.urgent,
        corrected: row.unblinded,
      })),
  );
}

/** When and why what was signed for an examination was corrected, the oldest first. */
export function listCorrections(db: ReadableDatabase, encounterId: string): { correctedAt: number; reason: string }[] {
  return all(
    db,
    sql`SELECT r.created_at, r.correction_reason FROM clinical_read r JOIN clinical_assignment a ON a.id = r.assignment_id
        WHERE a.encounter_id = ${encounterId} AND r.correction_reason IS NOT NULL ORDER BY r.seq`,
    z
      .object({ created_at: z.number(), correction_reason: z.string() })
      .transform((row) => ({ correctedAt: row.created_at, reason: row.correction_reason })),
  );
}

/** What a doctor has signed last for an examination. */
export function latestClinicalRead(db: ReadableDatabase, encounterId: string): ClinicalRead | undefined {
  const row = get(
    db,
    sql`SELECT r.* FROM clinical_read r JOIN clinical_assignment a ON a.id = r.assignment_id
        WHERE a.encounter_id = ${encounterId} ORDER BY r.seq DESC LIMIT 1`,
    readRow,
  );
  if (row === undefined) return undefined;
  const eyes = all(
    db,
    sql`SELECT * FROM clinical_eye WHERE clinical_read_id = ${row.id} ORDER BY seq`,
    z
      .object({ eye: z.enum(EYES).nullable(), ...answerColumns })
      .transform((each): EyeAnswer => ({ eye: each.eye, answer: toAnswer(each) })),
  );
  return {
    id: row.id,
    siteId: row.site_id,
    assignmentId: row.assignment_id,
    doctorId: row.doctor_id,
    result: row.result,
    urgent: row.urgent,
    reasons: row.reasons,
    referBy: row.refer_by,
    rescreenBy: row.rescreen_by,
    note: row.note,
    activeMs: row.active_ms,
    unblinded: row.unblinded,
    correctionReason: row.correction_reason,
    supersedesId: row.supersedes_id,
    eyes,
    createdAt: row.created_at,
  };
}
