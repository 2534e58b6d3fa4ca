import { appendAuditEvent } from '../../db/audit';
import { addDilation, listStandingOrders } from '../../db/queries/dilations';
import { addAppeal, addEyeStatement, addRaise } from '../../db/queries/encounter-acts';
import { encounterImages, getEncounterFacts } from '../../db/queries/encounter-images';
import { transaction, type WritableDatabase } from '../../db/sql';
import { type DilationChecklist, dropsAllowed } from '../../shared/clinical/coaching';
import type { AuditAction } from '../../shared/domain/audit';
import type { EyeStatementState, NotPossibleReason, RaiseReason } from '../../shared/domain/capture';
import type { Actor, Eye } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { concludeEncounter } from './conclude-encounter';
import { readCase } from './encounter-case';

/** What a technician does in an encounter beside photographing. Each is one transaction: what was said, what follows, and that it was done. */

/** Says that an eye is there, absent, opaque, or cannot be photographed and why. @throws AppError not-found */
export function stateEye(
  actor: Actor,
  workspace: Workspace,
  statement: { encounterId: string; eye: Eye; state: EyeStatementState; reason: NotPossibleReason | null },
): void {
  requireRole(actor, 'technician', 'doctor');
  // A reason belongs to an eye that cannot be photographed, and to no other.
  if ((statement.state === 'not-possible') !== (statement.reason !== null)) throw new AppError('ipc-invalid', { channel: 'stateEye' });
  act(actor, workspace, statement.encounterId, 'eye.stated', { eye: statement.eye, state: statement.state }, (db, siteId) => {
    addEyeStatement(db, { ...statement, siteId, actorId: actor.userId });
    concludeEncounter(db, actor, statement.encounterId);
  });
}

/** Raises the result: nothing a technician can do lowers it again. @throws AppError not-found */
export function raiseResult(
  actor: Actor,
  workspace: Workspace,
  raise: { encounterId: string; urgent: boolean; reason: RaiseReason },
): void {
  requireRole(actor, 'technician', 'doctor');
  act(actor, workspace, raise.encounterId, 'result.raised', { urgent: raise.urgent, reason: raise.reason }, (db, siteId) => {
    addRaise(db, { ...raise, siteId, actorId: actor.userId });
    concludeEncounter(db, actor, raise.encounterId);
  });
}

/** Asks a doctor whether a rejected photograph can be read after all. @throws AppError not-found, not-permitted for one that was not rejected */
export function appealQuality(
  actor: Actor,
  workspace: Workspace,
  { encounterId, imageId }: { encounterId: string; imageId: string },
): void {
  requireRole(actor, 'technician', 'doctor');
  act(actor, workspace, encounterId, 'quality.appealed', { image: imageId }, (db, siteId) => {
    const image = encounterImages(db, encounterId).find((each) => each.imageId === imageId);
    if (image === undefined) throw new AppError('not-found', { what: 'image' });
    if (image.quality?.gradable === true) throw new AppError('not-permitted', { reason: 'not-rejected' });
    addAppeal(db, { siteId, encounterId, imageId, actorId: actor.userId });
  });
}

/**
 * Writes down the checklist before drops, and the drops where every answer allows them.
 *
 * @throws AppError not-found; dilation-not-allowed {} without a standing order in force, or where an answer forbade drops before
 */
export function recordDilation(
  actor: Actor,
  workspace: Workspace,
  asked: { encounterId: string; orderId: string; checklist: DilationChecklist; batch: string | null },
): void {
  requireRole(actor, 'technician', 'doctor');
  const { encounterId, orderId, checklist, batch } = asked;
  const given = dropsAllowed(checklist);
  act(actor, workspace, encounterId, given ? 'drops.given' : 'drops.forbidden', { order: orderId }, (db, siteId) => {
    const inForce = listStandingOrders(db, Date.now()).some((order) => order.id === orderId);
    if (!inForce || !readCase(db, encounterId).mayDilate) throw new AppError('dilation-not-allowed');
    if (given && (batch ?? '') === '') throw new AppError('dilation-batch-missing');
    addDilation(db, { siteId, encounterId, orderId, checklist, given, batch: given ? batch : null, actorId: actor.userId });
    concludeEncounter(db, actor, encounterId);
  });
}

function act(
  actor: Actor,
  workspace: Workspace,
  encounterId: string,
  action: AuditAction,
  details: Record<string, string | number | boolean | null>,
  work: (db: WritableDatabase, siteId: string) => void,
): void {
  const { database, site } = workspace.profile;
  transaction(database, () => {
    if (getEncounterFacts(database, encounterId) === undefined) throw new AppError('not-found', { what: 'encounter' });
    work(database, site.id);
    appendAuditEvent(database, { siteId: site.id, actor, action, recordType: 'encounter', recordId: encounterId, details });
  });
}
