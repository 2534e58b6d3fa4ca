import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addMerge, addUnmerge, getMerge, personOf } from '../../db/queries/persons';
import { transaction } from '../../db/sql';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { livingPatient } from './registration';

/**
 * Says that two are one person. No row of either is changed: every list goes through `patient_person`, and an unmerge takes it back.
 *
 * @throws AppError patient-merged (one of them is merged into somebody already), patient-erased, not-found
 */
export function mergePatients(actor: Actor, profile: Profile, keptId: string, mergedId: string): void {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  transaction(database, () => {
    for (const patientId of [keptId, mergedId]) {
      livingPatient(profile, patientId);
      if (personOf(database, patientId) !== patientId) throw new AppError('patient-merged');
    }
    if (keptId === mergedId) throw new AppError('patient-merged');
    const mergeId = addMerge(database, { siteId: site.id, keptId, mergedId, actorId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'patient.merged',
      recordType: 'patient',
      recordId: keptId,
      details: { merge: mergeId, merged: mergedId },
    });
  });
}

/** @throws AppError not-found where the merge does not exist or was taken back already */
export function unmergePatients(actor: Actor, profile: Profile, mergeId: string): void {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  transaction(database, () => {
    const merge = getMerge(database, mergeId);
    if (merge === undefined) throw new AppError('not-found');
    addUnmerge(database, { siteId: site.id, mergeId, actorId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'patient.unmerged',
      recordType: 'patient',
      recordId: merge.keptId,
      details: { merge: mergeId, merged: merge.mergedId },
    });
  });
}
