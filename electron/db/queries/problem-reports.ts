import { z } from 'zod';
import { PROBLEM_KINDS, PROBLEM_SUBJECTS, type ProblemKind, type ProblemSubject } from '../../shared/domain/papers';
import { newId } from '../ids';
import { bytes, flag, json } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface StoredProblem {
  id: string;
  kind: ProblemKind;
  subject: ProblemSubject | null;
  subjectId: string | null;
  harm: boolean;
  /** Where no patient is known; else they are in `wordsSealed`, under the patient's key. */
  words: string | null;
  patientId: string | null;
  wordsSealed: Uint8Array | null;
  /** Version, model and backend at that moment. */
  facts: Record<string, string>;
  actorId: string;
  createdAt: number;
}

const problemRow = z
  .object({
    id: z.string(),
    kind: z.enum(PROBLEM_KINDS),
    subject: z.enum(PROBLEM_SUBJECTS).nullable(),
    subject_id: z.string().nullable(),
    harm: flag,
    words: z.string().nullable(),
    patient_id: z.string().nullable(),
    words_sealed: bytes.nullable(),
    facts: json(z.record(z.string(), z.string())),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform((row): StoredProblem => ({
    id: row.id,
    kind: row.kind,
    subject: row.subject,
    subjectId: row.subject_id,
    harm: row.harm,
    words: row.words,
    patientId: row.patient_id,
    wordsSealed: row.words_sealed,
    facts: row.facts,
    actorId: row.actor_id,
    createdAt: row.created_at,
  }));

/** @returns the report's id */
export function addProblem(db: WritableDatabase, problem: Omit<StoredProblem, 'id' | 'createdAt'> & { siteId: string }): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO problem_report (id, site_id, kind, subject, subject_id, harm, words, patient_id, words_sealed, facts, actor_id, created_at)
        VALUES (${id}, ${problem.siteId}, ${problem.kind}, ${problem.subject}, ${problem.subjectId}, ${problem.harm}, ${problem.words},
          ${problem.patientId}, ${problem.wordsSealed}, ${JSON.stringify(problem.facts)}, ${problem.actorId}, ${Date.now()})`,
  );
  return id;
}

/** Newest first. */
export function listProblems(db: ReadableDatabase): StoredProblem[] {
  return all(db, sql`SELECT * FROM problem_report ORDER BY seq DESC`, problemRow);
}

/** Whose encounter or photograph it is, where that is known. */
export function patientOfSubject(db: ReadableDatabase, subject: ProblemSubject | null, subjectId: string | null): string | null {
  if (subject === null || subjectId === null || subject === 'run') return null;
  const query =
    subject === 'encounter'
      ? sql`SELECT patient_id FROM encounter WHERE id = ${subjectId}`
      : sql`SELECT patient_id FROM image_assignment_current WHERE image_id = ${subjectId}`;
  return get(db, query, z.object({ patient_id: z.string().nullable() }))?.patient_id ?? null;
}
