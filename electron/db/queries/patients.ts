import { z } from 'zod';
import { newId, newShortId } from '../ids';
import { get, run, sql, transaction, type ReadableDatabase, type SqlQuery, type WritableDatabase } from '../sql';

export interface Patient {
  seq: number;
  id: string;
  siteId: string;
  /** Eight symbols with a check symbol; show it with `formatShortId`. */
  shortId: string;
}

/**
 * What the outside world calls a patient, and how far that holds: a number from a file name within its own folder and run, an entry of a list
 * wherever that list is used. Nothing else joins photographs of different folders or runs.
 */
export type PatientReference =
  | { siteId: string; scope: 'run'; runId: string; folder: Uint8Array; identifier: string }
  | { siteId: string; scope: 'list'; listKey: string; identifier: string };

const patientRow = z
  .object({ seq: z.number(), id: z.string(), site_id: z.string(), short_id: z.string() })
  .transform((row): Patient => ({ seq: row.seq, id: row.id, siteId: row.site_id, shortId: row.short_id }));

export function findPatientByReference(db: ReadableDatabase, reference: PatientReference): Patient | undefined {
  return get(
    db,
    sql`SELECT p.seq, p.id, p.site_id, p.short_id FROM patient_reference r JOIN patient p ON p.id = r.patient_id WHERE ${matching(reference)}`,
    patientRow,
  );
}

/** The patient of a reference, with a new random id when it is the first time. */
export function findOrAddPatientByReference(db: WritableDatabase, reference: PatientReference): Patient {
  return transaction(db, () => {
    const known = findPatientByReference(db, reference);
    if (known) return known;
    const patient = addPatient(db, reference.siteId);
    const { runId, folder, listKey } =
      reference.scope === 'run'
        ? { runId: reference.runId, folder: reference.folder, listKey: null }
        : { runId: null, folder: null, listKey: reference.listKey };
    run(
      db,
      sql`INSERT INTO patient_reference (id, site_id, patient_id, scope, run_id, folder, list_key, identifier, created_at)
          VALUES (${newId()}, ${reference.siteId}, ${patient.id}, ${reference.scope}, ${runId}, ${folder}, ${listKey},
            ${reference.identifier}, ${Date.now()})`,
    );
    return patient;
  });
}

export function addPatient(db: WritableDatabase, siteId: string): Patient {
  return transaction(db, () => {
    const id = newId();
    const shortId = unusedShortId(db);
    run(db, sql`INSERT INTO patient (id, site_id, short_id, created_at) VALUES (${id}, ${siteId}, ${shortId}, ${Date.now()})`);
    const added = getPatient(db, id);
    if (!added) throw new Error('the patient that was just stored is not there');
    return added;
  });
}

export function getPatient(db: ReadableDatabase, patientId: string): Patient | undefined {
  return get(db, sql`SELECT seq, id, site_id, short_id FROM patient WHERE id = ${patientId}`, patientRow);
}

export function findPatientByShortId(db: ReadableDatabase, shortId: string): Patient | undefined {
  return get(db, sql`SELECT seq, id, site_id, short_id FROM patient WHERE short_id = ${shortId}`, patientRow);
}

/** 31^7 ids: a collision is rare, two patients with one id would be a disaster. */
function unusedShortId(db: ReadableDatabase): string {
  let shortId = newShortId();
  while (findPatientByShortId(db, shortId)) shortId = newShortId();
  return shortId;
}

function matching(reference: PatientReference): SqlQuery {
  return reference.scope === 'run'
    ? sql`r.scope = 'run' AND r.run_id = ${reference.runId} AND r.folder = ${reference.folder} AND r.identifier = ${reference.identifier}`
    : sql`r.scope = 'list' AND r.site_id = ${reference.siteId} AND r.list_key = ${reference.listKey} AND r.identifier = ${reference.identifier}`;
}
