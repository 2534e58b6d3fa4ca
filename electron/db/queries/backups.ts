import { z } from 'zod';
import { newId } from '../ids';
import { get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface NewBackup {
  siteId: string;
  snapshot: string;
  /** Photograph files in it. */
  files: number;
  /** Copied this time. */
  copiedBytes: number;
  /** The moment that it shows, UTC milliseconds. */
  takenAt: number;
  actorId: string;
}

/** @returns the row's id */
export function addBackup(db: WritableDatabase, backup: NewBackup): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO backup_made (id, site_id, snapshot, files, copied_bytes, taken_at, actor_id, created_at)
        VALUES (${id}, ${backup.siteId}, ${backup.snapshot}, ${backup.files}, ${backup.copiedBytes}, ${backup.takenAt}, ${backup.actorId},
          ${Date.now()})`,
  );
  return id;
}

/** The moment that the last backup shows; null while there is none. */
export function lastBackupAt(db: ReadableDatabase): number | null {
  return get(db, sql`SELECT taken_at FROM backup_made ORDER BY seq DESC LIMIT 1`, z.object({ taken_at: z.number() }))?.taken_at ?? null;
}

/** When the first patient, photograph or run came; null for an empty site, which has nothing to lose. */
export function firstRecordAt(db: ReadableDatabase): number | null {
  const row = get(
    db,
    sql`SELECT min(at) AS at FROM (SELECT min(created_at) AS at FROM patient UNION ALL SELECT min(created_at) FROM image)`,
    z.object({ at: z.number().nullable() }),
  );
  return row?.at ?? null;
}
