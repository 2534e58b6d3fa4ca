import { randomBytes } from 'node:crypto';
import type { Profile } from '../../db/profile/profile';
import { seal, unseal } from '../../db/profile/seal';
import { addIdentity, addPatientKey, patientKey, sealedIdentity, type SealedIdentity, unwrapPatientKey } from '../../db/queries/identities';
import type { Actor } from '../../shared/domain/codes';
import { type Identity, identitySchema } from '../../shared/domain/patients';
import { AppError } from '../../shared/errors';

/** What of a profile is needed to open what is sealed. */
export type IdentityVault = Pick<Profile, 'database' | 'identityKey'>;

/** Name, birth and address in force; null where nobody registered the patient, or where they were erased. @throws AppError profile-damaged */
export function identityOf(vault: IdentityVault, patientId: string): Identity | null {
  const row = sealedIdentity(vault.database, patientId);
  return row === undefined ? null : openIdentity(vault.identityKey, row);
}

/** @throws AppError profile-damaged {part: 'identity'} */
export function openIdentity(identityKey: Uint8Array, { patientId, wrapped, sealed }: SealedIdentity): Identity {
  return parseIdentity(unwrapPatientKey(identityKey, patientId, wrapped), patientId, sealed);
}

/** @param key the patient's own */
export function parseIdentity(key: Uint8Array, patientId: string, sealed: Uint8Array): Identity {
  const plain = unseal(key, aboutIdentity(patientId), sealed);
  if (plain === null) throw new AppError('profile-damaged', { part: 'identity' });
  return identitySchema.parse(JSON.parse(Buffer.from(plain).toString('utf8')));
}

/** Seals an identity as the one in force, under the patient's key or under a new one where there is none yet. In the caller's transaction. */
export function writeIdentity(
  vault: IdentityVault,
  { siteId, actor, patientId, identity }: { siteId: string; actor: Actor; patientId: string; identity: Identity },
): void {
  const { database, identityKey } = vault;
  let key = patientKey(database, identityKey, patientId);
  if (key === null) {
    key = new Uint8Array(randomBytes(32));
    addPatientKey(database, identityKey, patientId, key);
  }
  const sealed = seal(key, aboutIdentity(patientId), Buffer.from(JSON.stringify(identity), 'utf8'));
  addIdentity(database, { siteId, patientId, sealed, actorId: actor.userId });
}

/** Words about a patient, sealed under the patient's key. @returns null where there is no key: nothing is kept then */
export function sealNote(vault: IdentityVault, patientId: string, note: string): Uint8Array | null {
  const key = patientKey(vault.database, vault.identityKey, patientId);
  return key === null ? null : seal(key, aboutNote(patientId), Buffer.from(note, 'utf8'));
}

/** @returns null where the key was destroyed */
export function openNote(vault: IdentityVault, patientId: string, note: Uint8Array | null): string | null {
  const key = note === null ? null : patientKey(vault.database, vault.identityKey, patientId);
  if (note === null || key === null) return null;
  const plain = unseal(key, aboutNote(patientId), note);
  return plain === null ? null : Buffer.from(plain).toString('utf8');
}

function aboutIdentity(patientId: string): string {
  return `patient-identity:${patientId}`;
}

function aboutNote(patientId: string): string {
  return `patient-note:${patientId}`;
}
