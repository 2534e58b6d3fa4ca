import { appendAuditEvent } from '../../db/audit';
import { assignImage, currentAssignment } from '../../db/queries/assignments';
import { dismissCaptureFile, getCaptureFile, listTray, countTray } from '../../db/queries/capture-files';
import { addCorrection } from '../../db/queries/encounter-acts';
import { encounterImages, getEncounterFacts } from '../../db/queries/encounter-images';
import { getImage } from '../../db/queries/images';
import { transaction } from '../../db/sql';
import type { DismissalReason } from '../../shared/domain/capture';
import { type Actor, type Eye, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { CaptureOutputs } from '../../shared/ipc/capture';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { concludeEncounter } from './conclude-encounter';

export interface Placement {
  imageIds: readonly string[];
  encounterId: string;
  eye: Eye | null;
  field: string | null;
}

/**
 * Puts photographs to an eye of a patient: out of the tray, from the other eye, or from another patient. One action: the assignments are superseded, both
 * encounters are concluded anew, and with that every slip of them is void.
 *
 * @returns the encounters that have changed
 * @throws AppError not-found
 */
export function placePhotographs(actor: Actor, workspace: Workspace, { imageIds, encounterId, eye, field }: Placement): string[] {
  requireRole(actor, 'technician', 'doctor');
  const { database: db, site } = workspace.profile;
  return transaction(db, () => {
    const patientId = getEncounterFacts(db, encounterId)?.patientId;
    if (patientId === undefined) throw new AppError('not-found', { what: 'encounter' });
    const left = new Map<string, number>();
    for (const imageId of imageIds) {
      if (getImage(db, imageId) === undefined) throw new AppError('not-found', { what: 'image' });
      const before = currentAssignment(db, imageId)?.encounterId ?? null;
      if (before !== null) left.set(before, (left.get(before) ?? 0) + 1);
      assignImage(db, {
        siteId: site.id,
        imageId,
        patientId,
        encounterId,
        eye,
        field,
        basis: 'person',
        runId: null,
        actorId: actor.userId,
      });
    }
    for (const [from, images] of left) {
      const kind = from === encounterId ? ('set-eye' as const) : ('wrong-patient' as const);
      const toEncounterId = from === encounterId ? null : encounterId;
      addCorrection(db, { siteId: site.id, kind, encounterId: from, toEncounterId, images, actorId: actor.userId });
    }
    const changed = [...new Set([...left.keys(), encounterId])];
    for (const each of changed) concludeEncounter(db, actor, each, { corrected: left.has(each), anew: left.size > 0 });
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: left.size > 0 ? 'images.moved' : 'images.placed',
      recordType: 'encounter',
      recordId: encounterId,
      details: { images: imageIds.length, from: [...left.keys()].find((from) => from !== encounterId) ?? null, eye },
    });
    return changed;
  });
}

/** What was photographed as the right eye is the left one, and the other way round; photographs of no known eye stay so. @throws AppError not-found */
export function swapEyes(actor: Actor, workspace: Workspace, encounterId: string): void {
  requireRole(actor, 'technician', 'doctor');
  const { database: db, site } = workspace.profile;
  transaction(db, () => {
    const patientId = getEncounterFacts(db, encounterId)?.patientId;
    const images = encounterImages(db, encounterId).filter((image) => image.eye !== null);
    if (patientId === undefined || images.length === 0) throw new AppError('not-found', { what: 'encounter' });
    for (const { imageId, eye, field } of images) {
      assignImage(db, {
        siteId: site.id,
        imageId,
        patientId,
        encounterId,
        eye: eye === 'right' ? 'left' : 'right',
        field,
        basis: 'person',
        runId: null,
        actorId: actor.userId,
      });
    }
    addCorrection(db, {
      siteId: site.id,
      kind: 'swap-eyes',
      encounterId,
      toEncounterId: null,
      images: images.length,
      actorId: actor.userId,
    });
    concludeEncounter(db, actor, encounterId, { corrected: true });
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'eyes.swapped',
      recordType: 'encounter',
      recordId: encounterId,
      details: { images: images.length },
    });
  });
}

/** What waits for somebody to say whose it is, oldest first. */
export function trayList(actor: Actor, workspace: Workspace, page: { offset: number; limit: number }): CaptureOutputs['trayList'] {
  requireRole(actor, ...ROLES);
  const db = workspace.profile.database;
  const files = listTray(db, page).flatMap(({ id, imageId, name, way, waitsBecause, claimedPatient, claimedEye, error, createdAt }) =>
    waitsBecause === null
      ? []
      : [{ fileId: id, imageId, name, way, because: waitsBecause, claimedPatient, claimedEye, error, at: createdAt }],
  );
  return { total: countTray(db), files };
}

/** Sets a file aside: out of the tray, or out of an examination where it could not be read. It stays stored. @throws AppError not-found */
export function dismissFile(actor: Actor, workspace: Workspace, { fileId, reason }: { fileId: string; reason: DismissalReason }): void {
  requireRole(actor, 'technician', 'doctor');
  const { database: db, site } = workspace.profile;
  transaction(db, () => {
    const file = getCaptureFile(db, fileId);
    if (file === undefined) throw new AppError('not-found', { what: 'file' });
    dismissCaptureFile(db, { siteId: site.id, fileId, reason, actorId: actor.userId });
    if (file.encounterId !== null) concludeEncounter(db, actor, file.encounterId);
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'file.set-aside',
      recordType: 'capture_file',
      recordId: fileId,
      details: { reason },
    });
  });
}
