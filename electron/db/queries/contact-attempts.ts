import { z } from 'zod';
import {
  CONTACT_RESULTS,
  CONTACT_SUBJECTS,
  CONTACT_WAYS,
  type ContactResult,
  type ContactSubject,
  type ContactWay,
} from '../../shared/domain/patients';
import { newId } from '../ids';
import { bytes } from '../rows';
import { all, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface ContactAttempt {
  id: string;
  patientId: string;
  subject: ContactSubject;
  subjectId: string;
  way: ContactWay;
  result: ContactResult;
  /** Sealed under the patient's key. */
  note: Uint8Array | null;
  actorId: string;
  createdAt: number;
}

const attemptRow = z
  .object({
    id: z.string(),
    patient_id: z.string(),
    subject: z.enum(CONTACT_SUBJECTS),
    subject_id: z.string(),
    way: z.enum(CONTACT_WAYS),
    result: z.enum(CONTACT_RESULTS),
    note: bytes.nullable(),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform((row): ContactAttempt => ({
    id: row.id,
    patientId: row.patient_id,
    subject: row.subject,
    subjectId: row.subject_id,
    way: row.way,
    result: row.result,
    note: row.note,
    actorId: row.actor_id,
    createdAt: row.created_at,
  }));

export function addContactAttempt(db: WritableDatabase, attempt: Omit<ContactAttempt, 'id' | 'createdAt'> & { siteId: string }): void {
  run(
    db,
    sql`INSERT INTO contact_attempt (id, site_id, patient_id, subject, subject_id, way, result, note, actor_id, created_at)
        VALUES (${newId()}, ${attempt.siteId}, ${attempt.patientId}, ${attempt.subject}, ${attempt.subjectId}, ${attempt.way},
          ${attempt.result}, ${attempt.note}, ${attempt.actorId}, ${Date.now()})`,
  );
}

/** About one kind of thing, newest first. */
export function listContactAttempts(db: ReadableDatabase, subject: ContactSubject): ContactAttempt[] {
  return all(db, sql`SELECT * FROM contact_attempt WHERE subject = ${subject} ORDER BY seq DESC`, attemptRow);
}

/** With these patients, newest first. */
export function listPatientContacts(db: ReadableDatabase, patientIds: readonly string[]): ContactAttempt[] {
  return all(
    db,
    sql`SELECT * FROM contact_attempt WHERE patient_id IN (SELECT value FROM json_each(${JSON.stringify(patientIds)})) ORDER BY seq DESC`,
    attemptRow,
  );
}
