import { appendAuditEvent } from '../../db/audit';
import { addAdjudicated, findAdjudicated } from '../../db/queries/adjudications';
import { recordUnblinding } from '../../db/queries/blinding';
import { currentRead, listLabelReads, type Read, waitsForFirstAnswers } from '../../db/queries/reads';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import type { Answer } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import type { AdjudicationCase } from '../../shared/ipc/reading';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { ownAssignment } from './save-read';

/**
 * What the readers said of a photograph, unnamed, for the adjudicator: only once the adjudicator's own blind answers about this patient are final, since
 * nobody sees another read before.
 *
 * @throws AppError not-found, not-permitted; read-not-answered; adjudication-waits, while another answer about the patient is missing
 */
export function adjudicationCase(actor: Actor, workspace: Workspace, assignmentId: string): AdjudicationCase {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  const { own, reads, imageId } = opened(actor, workspace, assignmentId);
  transaction(database, () => {
    recordUnblinding(database, actor.userId, [imageId], 'adjudication');
  });
  return { own: own.answer, reads: reads.map(({ answer, marks }) => ({ answer, marks: [...marks] })) };
}

/**
 * The adjudicator's decision: final, and the reference label of the photograph from now on.
 *
 * @throws AppError not-found, not-permitted; read-not-answered; read-ended, when it is decided or taken back
 */
export function decideAdjudication(actor: Actor, workspace: Workspace, assignmentId: string, answer: Answer): void {
  requireRole(actor, 'doctor');
  const { database, site } = workspace.profile;
  transaction(database, () => {
    const { campaignId, imageId } = opened(actor, workspace, assignmentId);
    if (findAdjudicated(database, campaignId, imageId) !== undefined) throw new AppError('read-ended');
    const id = addAdjudicated(database, {
      siteId: site.id,
      campaignId,
      imageId,
      method: 'senior',
      assignmentId,
      adjudicatorId: actor.userId,
      rounds: 1,
      answer,
    });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'adjudication.decided',
      recordType: 'adjudication',
      recordId: id,
      details: { assignment: assignmentId },
    });
  });
}

function opened(
  actor: Actor,
  workspace: Workspace,
  assignmentId: string,
): { own: Read; reads: Read[]; campaignId: string; imageId: string } {
  const { database } = workspace.profile;
  const { assignment } = ownAssignment(actor, workspace, assignmentId);
  if (assignment.kind !== 'adjudicate') throw new AppError('not-permitted');
  if (assignment.ended) throw new AppError('read-ended');
  const own = currentRead(database, assignmentId);
  if (own === undefined) throw new AppError('read-not-answered');
  if (waitsForFirstAnswers(database, assignmentId)) throw new AppError('adjudication-waits');
  const { campaignId, imageId } = assignment;
  return { own, reads: listLabelReads(database, campaignId, imageId, 'read', 1), campaignId, imageId };
}
