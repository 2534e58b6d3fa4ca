import { z } from 'zod';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/**
 * From whom what is hidden: while somebody has an open assignment on a photograph, every prediction and every read of that photograph, of its eye and
 * of its patient. Each query that shows a result asks here first, whatever other roles the person has.
 */

/** Photographs of which this person may see no prediction and no read. */
export function blindedImages(db: ReadableDatabase, userId: string): Set<string> {
  return new Set(
    all(db, sql`SELECT image_id FROM blinded_image WHERE user_id = ${userId}`, z.object({ image_id: z.string() })).map(
      (row) => row.image_id,
    ),
  );
}

/** Patients of whom this person may see no result. */
export function blindedPatients(db: ReadableDatabase, userId: string): Set<string> {
  return new Set(
    all(db, sql`SELECT patient_id FROM blinded_patient WHERE user_id = ${userId}`, z.object({ patient_id: z.string() })).map(
      (row) => row.patient_id,
    ),
  );
}

export function isBlinded(db: ReadableDatabase, userId: string, subject: { patientId: string } | { imageId: string }): boolean {
  const query =
    'patientId' in subject
      ? sql`SELECT 1 AS found FROM blinded_patient WHERE user_id = ${userId} AND patient_id = ${subject.patientId} LIMIT 1`
      : sql`SELECT 1 AS found FROM blinded_image WHERE user_id = ${userId} AND image_id = ${subject.imageId} LIMIT 1`;
  return get(db, query, z.object({ found: z.number() })) !== undefined;
}

/** Whether this person has photographs of the patient to read in a series. */
export function isToReadBlind(db: ReadableDatabase, userId: string, patientId: string): boolean {
  return (
    get(
      db,
      sql`SELECT 1 AS found FROM read_assignment_open o JOIN image_assignment_current a ON a.image_id = o.image_id
          WHERE o.reader_id = ${userId} AND (a.patient_id = ${patientId} OR a.patient_id IN (
            SELECT same.patient_id FROM patient_person p JOIN patient_person same ON same.person_id = p.person_id WHERE p.patient_id = ${patientId}))
          LIMIT 1`,
      z.object({ found: z.number() }),
    ) !== undefined
  );
}

/**
 * Keeps that something about these photographs was shown to a person who has answered for one of them or for the patient's others: from then on the
 * person's answer can be corrected but no longer undone. For everybody else nothing is kept.
 *
 * @param what code of what was shown, e.g. `run-view`
 */
export function recordUnblinding(db: WritableDatabase, userId: string, imageIds: readonly string[], what: string): void {
  if (imageIds.length === 0 || !hasRead(db, userId)) return;
  run(
    db,
    sql`INSERT INTO unblinding (user_id, image_id, what, created_at)
        SELECT ${userId}, given.image_id, ${what}, ${Date.now()} FROM (
          SELECT r.image_id, max(r.created_at) AS at FROM read r
          WHERE r.reader_id = ${userId} AND r.image_id IN (
            SELECT value FROM json_each(${JSON.stringify(imageIds)})
            UNION SELECT same.image_id FROM image_assignment_current own JOIN image_assignment_current same ON same.patient_id = own.patient_id
              WHERE own.image_id IN (SELECT value FROM json_each(${JSON.stringify(imageIds)})))
          GROUP BY r.image_id
        ) given
        WHERE NOT EXISTS (SELECT 1 FROM unblinding u WHERE u.user_id = ${userId} AND u.image_id = given.image_id AND u.created_at >= given.at)`,
  );
}

function hasRead(db: ReadableDatabase, userId: string): boolean {
  return get(db, sql`SELECT 1 AS found FROM read WHERE reader_id = ${userId} LIMIT 1`, z.object({ found: z.number() })) !== undefined;
}

/** Whether something about the photograph has been shown to the person since then, UTC milliseconds. */
export function isUnblindedSince(db: ReadableDatabase, userId: string, imageId: string, since: number): boolean {
  return (
    get(
      db,
      sql`SELECT 1 AS found FROM unblinding WHERE user_id = ${userId} AND image_id = ${imageId} AND created_at >= ${since} LIMIT 1`,
      z.object({ found: z.number() }),
    ) !== undefined
  );
}
