import { z } from 'zod';
import { newId } from '../ids';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** Two rows of `patient` that turned out to be one person. */
export interface Merge {
  id: string;
  keptId: string;
  mergedId: string;
  actorId: string;
  createdAt: number;
}

const idRow = z.object({ id: z.string() });
const mergeRow = z
  .object({ id: z.string(), kept_id: z.string(), merged_id: z.string(), actor_id: z.string(), created_at: z.number() })
  .transform((row): Merge => ({
    id: row.id,
    keptId: row.kept_id,
    mergedId: row.merged_id,
    actorId: row.actor_id,
    createdAt: row.created_at,
  }));

/** Whom a patient was merged into, in the end; itself where it was not. */
export function personOf(db: ReadableDatabase, patientId: string): string {
  let person = patientId;
  for (;;) {
    const next = get(db, sql`SELECT kept_id AS id FROM patient_merge_current WHERE merged_id = ${person}`, idRow);
    if (next === undefined) return person;
    person = next.id;
  }
}

/** All rows that are this person, the person's own first. */
export function patientIdsOf(db: ReadableDatabase, personId: string): string[] {
  return all(
    db,
    sql`WITH RECURSIVE same (id, depth) AS (
          SELECT ${personId}, 0
          UNION ALL
          SELECT m.merged_id, s.depth + 1 FROM same s JOIN patient_merge_current m ON m.kept_id = s.id
        ) SELECT id FROM same ORDER BY depth`,
    idRow,
  ).map((row) => row.id);
}

/** Merges in force into this person, newest first: the first one is the one that can be taken back. */
export function listMerges(db: ReadableDatabase, personId: string): Merge[] {
  return all(
    db,
    sql`SELECT id, kept_id, merged_id, actor_id, created_at FROM patient_merge_current WHERE kept_id = ${personId} ORDER BY seq DESC`,
    mergeRow,
  );
}

/** The merge in force that put this patient to somebody else. */
export function getMergeOf(db: ReadableDatabase, mergedId: string): Merge | undefined {
  return get(
    db,
    sql`SELECT id, kept_id, merged_id, actor_id, created_at FROM patient_merge_current WHERE merged_id = ${mergedId}`,
    mergeRow,
  );
}

export function getMerge(db: ReadableDatabase, mergeId: string): Merge | undefined {
  return get(db, sql`SELECT id, kept_id, merged_id, actor_id, created_at FROM patient_merge_current WHERE id = ${mergeId}`, mergeRow);
}

export function addMerge(db: WritableDatabase, merge: { siteId: string; keptId: string; mergedId: string; actorId: string }): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO patient_merge (id, site_id, kept_id, merged_id, actor_id, created_at)
        VALUES (${id}, ${merge.siteId}, ${merge.keptId}, ${merge.mergedId}, ${merge.actorId}, ${Date.now()})`,
  );
  return id;
}

export function addUnmerge(db: WritableDatabase, unmerge: { siteId: string; mergeId: string; actorId: string }): void {
  run(
    db,
    sql`INSERT INTO patient_unmerge (id, site_id, merge_id, actor_id, created_at)
        VALUES (${newId()}, ${unmerge.siteId}, ${unmerge.mergeId}, ${unmerge.actorId}, ${Date.now()})`,
  );
}
