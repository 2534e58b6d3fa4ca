import { z } from 'zod';
import { newId } from '../ids';
import { all, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** Somebody opened the vault with the sealed code. */
export interface BreakGlassUse {
  id: string;
  person: string;
  reason: string;
  at: number;
  seenAt: number | null;
}

const useRow = z
  .object({ id: z.string(), person: z.string(), reason: z.string(), at: z.number(), seen_at: z.number().nullable() })
  .transform(({ seen_at, ...use }): BreakGlassUse => ({ ...use, seenAt: seen_at }));

export function addBreakGlassUse(db: WritableDatabase, use: { siteId: string; person: string; reason: string }): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO break_glass_use (id, site_id, person, reason, at) VALUES (${id}, ${use.siteId}, ${use.person}, ${use.reason}, ${Date.now()})`,
  );
  return id;
}

/** Newest first. */
export function listBreakGlassUses(db: ReadableDatabase): BreakGlassUse[] {
  return all(db, sql`SELECT id, person, reason, at, seen_at FROM break_glass_use ORDER BY seq DESC`, useRow);
}

/** Those that no administrator has looked into. */
export function unseenBreakGlassUses(db: ReadableDatabase): BreakGlassUse[] {
  return listBreakGlassUses(db).filter(({ seenAt }) => seenAt === null);
}

/** @returns how many were marked: one, or none where it was seen before */
export function markBreakGlassSeen(db: WritableDatabase, id: string, userId: string): number {
  return run(db, sql`UPDATE break_glass_use SET seen_by = ${userId}, seen_at = ${Date.now()} WHERE id = ${id} AND seen_at IS NULL`);
}
