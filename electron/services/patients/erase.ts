import { appendAuditEvent } from '../../db/audit';
import { type Profile, removeProfileBackups } from '../../db/profile/profile';
import { endAssignmentsOfPatients } from '../../db/queries/campaigns';
import { clearCaptureNames } from '../../db/queries/capture-files';
import { clearOutsideNames } from '../../db/queries/outside-names';
import { erasePatientKey, isErased } from '../../db/queries/identities';
import { getPatient } from '../../db/queries/patients';
import { patientIdsOf, personOf } from '../../db/queries/persons';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { parseShortId } from '../../shared/domain/short-id';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { PictureCache } from '../train/picture-cache';
import { patientIndex } from './patient-index';
import { livingPatient } from './registration';

/**
 * Erases who somebody is, of all rows that are this person: their keys, and the paths and outside names that could tell it. What was examined, said and
 * done stays, under the id alone (design rule 12). It cannot be taken back, so the short id must be typed.
 *
 * @throws AppError erase-not-confirmed, patient-erased, not-found
 */
export async function erasePatient(actor: Actor, profile: Profile, patientId: string, confirmation: string): Promise<void> {
  requireRole(actor, 'admin');
  const { database } = profile;
  const patient = livingPatient(profile, patientId);
  if (parseShortId(confirmation) !== patient.shortId) throw new AppError('erase-not-confirmed');
  const index = await patientIndex(profile);
  const patientIds = patientIdsOf(database, personOf(database, patientId));
  eraseIdentities(actor, profile, patientIds);
  for (const id of patientIds) index.remove(id);
  // Prepared pictures of trainings are derived and can be made again, without this patient's.
  await new PictureCache(profile).clear();
}

/**
 * Those erased before, erased again in a profile that was restored from a backup of before: the backup's list of erasures comes with it.
 *
 * @returns how many there were
 */
export function eraseAgain(actor: Actor, profile: Profile, patientIds: readonly string[]): number {
  const { database } = profile;
  const known = patientIds.filter((id) => getPatient(database, id) !== undefined && !isErased(database, id));
  if (known.length > 0) eraseIdentities(actor, profile, known);
  return known.length;
}

function eraseIdentities(actor: Actor, { folder, database, site }: Profile, patientIds: readonly string[]): void {
  transaction(database, () => {
    endAssignmentsOfPatients(database, patientIds, actor.userId);
    for (const id of patientIds) {
      erasePatientKey(database, { siteId: site.id, patientId: id, actorId: actor.userId });
      clearOutsideNames(database, id);
      clearCaptureNames(database, id);
      appendAuditEvent(database, { siteId: site.id, actor, action: 'patient.erased', recordType: 'patient', recordId: id });
    }
  });
  // The write-ahead log still holds the pages as they were.
  database.pragma('wal_checkpoint(TRUNCATE)');
  removeProfileBackups(folder);
}
