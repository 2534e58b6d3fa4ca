import { z } from 'zod';
import { seal, unseal } from '../profile/seal';
import { newId } from '../ids';
import { bytes } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';
import { AppError } from '../../shared/errors';

/** Sealed facts of a patient; whoever holds the patient's own key opens them. */
export interface SealedIdentity {
  patientId: string;
  wrapped: Uint8Array;
  sealed: Uint8Array;
}

const wrappedRow = z.object({ patient_id: z.string(), wrapped: bytes });

/** The patient's own key, or null where there is none: never registered, or erased. @throws AppError profile-damaged {part} */
export function patientKey(db: ReadableDatabase, identityKey: Uint8Array, patientId: string): Uint8Array | null {
  const row = get(db, sql`SELECT patient_id, wrapped FROM patient_key WHERE patient_id = ${patientId}`, wrappedRow);
  return row === undefined ? null : unwrapPatientKey(identityKey, patientId, row.wrapped);
}

/** @throws AppError profile-damaged {part: 'identity'} */
export function unwrapPatientKey(identityKey: Uint8Array, patientId: string, wrapped: Uint8Array): Uint8Array {
  const key = unseal(identityKey, aboutKey(patientId), wrapped);
  if (key === null) throw new AppError('profile-damaged', { part: 'identity' });
  return key;
}

export function addPatientKey(db: WritableDatabase, identityKey: Uint8Array, patientId: string, key: Uint8Array): void {
  const wrapped = seal(identityKey, aboutKey(patientId), key);
  run(db, sql`INSERT INTO patient_key (patient_id, wrapped, created_at) VALUES (${patientId}, ${wrapped}, ${Date.now()})`);
}

/** Destroys what opens a patient's identity, and says that it was done. */
export function erasePatientKey(db: WritableDatabase, erasure: { siteId: string; patientId: string; actorId: string }): void {
  const { siteId, patientId, actorId } = erasure;
  // The freed bytes are overwritten: without this they stay in the file until a later row happens to need the place.
  db.pragma('secure_delete = ON');
  run(db, sql`DELETE FROM patient_key WHERE patient_id = ${patientId}`);
  run(
    db,
    sql`INSERT INTO patient_erasure (id, site_id, patient_id, actor_id, created_at)
        VALUES (${newId()}, ${siteId}, ${patientId}, ${actorId}, ${Date.now()})`,
  );
}

export function isErased(db: ReadableDatabase, patientId: string): boolean {
  return get(db, sql`SELECT 1 AS yes FROM patient_erasure WHERE patient_id = ${patientId}`, z.object({ yes: z.number() })) !== undefined;
}

/** Whose identity was erased, oldest first. */
export function listErased(db: ReadableDatabase): string[] {
  return all(db, sql`SELECT patient_id FROM patient_erasure ORDER BY seq`, z.object({ patient_id: z.string() })).map(
    (row) => row.patient_id,
  );
}

/** Every patient's key under another key: for a profile that is copied or given a new data key. In the caller's transaction. */
export function rewrapPatientKeys(db: WritableDatabase, from: Uint8Array, to: Uint8Array): void {
  transaction(db, () => {
    for (const { patient_id, wrapped } of all(db, sql`SELECT patient_id, wrapped FROM patient_key`, wrappedRow)) {
      const again = seal(to, aboutKey(patient_id), unwrapPatientKey(from, patient_id, wrapped));
      run(db, sql`UPDATE patient_key SET wrapped = ${again} WHERE patient_id = ${patient_id}`);
    }
  });
}

export function addIdentity(db: WritableDatabase, row: { siteId: string; patientId: string; sealed: Uint8Array; actorId: string }): void {
  run(
    db,
    sql`INSERT INTO patient_identity (id, site_id, patient_id, sealed, actor_id, created_at)
        VALUES (${newId()}, ${row.siteId}, ${row.patientId}, ${row.sealed}, ${row.actorId}, ${Date.now()})`,
  );
}

const sealedRow = z
  .object({ patient_id: z.string(), wrapped: bytes, sealed: bytes })
  .transform((row): SealedIdentity => ({ patientId: row.patient_id, wrapped: row.wrapped, sealed: row.sealed }));

/** The identity in force of one patient, still sealed; undefined where there is none that could be opened. */
export function sealedIdentity(db: ReadableDatabase, patientId: string): SealedIdentity | undefined {
  return get(
    db,
    sql`SELECT k.patient_id, k.wrapped, i.sealed FROM patient_key k JOIN patient_identity i ON i.patient_id = k.patient_id
        WHERE k.patient_id = ${patientId} ORDER BY i.seq DESC LIMIT 1`,
    sealedRow,
  );
}

/** Everybody's identity in force, still sealed. */
export function listSealedIdentities(db: ReadableDatabase): SealedIdentity[] {
  return all(
    db,
    sql`SELECT k.patient_id, k.wrapped, i.sealed FROM patient_key k JOIN patient_identity i
          ON i.seq = (SELECT max(seq) FROM patient_identity WHERE patient_id = k.patient_id)
        ORDER BY i.seq`,
    sealedRow,
  );
}

/** What an identity said before it was corrected, oldest first. */
export function listIdentityVersions(
  db: ReadableDatabase,
  patientId: string,
): { sealed: Uint8Array; actorId: string; createdAt: number }[] {
  return all(
    db,
    sql`SELECT sealed, actor_id, created_at FROM patient_identity WHERE patient_id = ${patientId} ORDER BY seq`,
    z
      .object({ sealed: bytes, actor_id: z.string(), created_at: z.number() })
      .transform((row) => ({ sealed: row.sealed, actorId: row.actor_id, createdAt: row.created_at })),
  );
}

function aboutKey(patientId: string): string {
  return `patient-key:${patientId}`;
}
