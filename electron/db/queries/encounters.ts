import { z } from 'zod';
import { newId } from '../ids';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface Encounter {
  seq: number;
  id: string;
  patientId: string;
  startedAt: number;
}

const encounterRow = z
  .object({ seq: z.number(), id: z.string(), patient_id: z.string(), started_at: z.number() })
  .transform((row): Encounter => ({ seq: row.seq, id: row.id, patientId: row.patient_id, startedAt: row.started_at }));

export function addEncounter(db: WritableDatabase, encounter: { siteId: string; patientId: string }): Encounter {
  const id = newId();
  run(
    db,
    sql`INSERT INTO encounter (id, site_id, patient_id, started_at) VALUES (${id}, ${encounter.siteId}, ${encounter.patientId}, ${Date.now()})`,
  );
  const added = getEncounter(db, id);
  if (added === undefined) throw new Error('the encounter that was just stored is not there');
  return added;
}

export function getEncounter(db: ReadableDatabase, encounterId: string): Encounter | undefined {
  return get(db, sql`SELECT seq, id, patient_id, started_at FROM encounter WHERE id = ${encounterId}`, encounterRow);
}

/** Of all rows that are one person, newest first. */
export function listEncounters(db: ReadableDatabase, patientIds: readonly string[]): Encounter[] {
  return all(
    db,
    sql`SELECT seq, id, patient_id, started_at FROM encounter
        WHERE patient_id IN (SELECT value FROM json_each(${JSON.stringify(patientIds)})) ORDER BY seq DESC`,
    encounterRow,
  );
}

/** Begun from one instant on and before another, in the order of arrival. */
export function listEncountersBetween(db: ReadableDatabase, fromMs: number, beforeMs: number): Encounter[] {
  return all(
    db,
    sql`SELECT seq, id, patient_id, started_at FROM encounter WHERE started_at >= ${fromMs} AND started_at < ${beforeMs} ORDER BY seq`,
    encounterRow,
  );
}
