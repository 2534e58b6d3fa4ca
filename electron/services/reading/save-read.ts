import { appendAuditEvent } from '../../db/audit';
import { findAlert } from '../../db/queries/alerts';
import { isUnblindedSince } from '../../db/queries/blinding';
import { addAssignment, type Campaign, getCampaign } from '../../db/queries/campaigns';
import { addRead, currentRead, getAssignment, type Read, type ReadAssignment } from '../../db/queries/reads';
import { transaction, type WritableDatabase } from '../../db/sql';
import { contradicts, findLesions } from '../../shared/clinical/lesion-rule';
import type { Actor } from '../../shared/domain/codes';
import type { Answer, Mark } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { certifyIfComplete } from './certify';
import { drawn } from './order';
import { requireCertified } from './require-certified';
import { settle } from './settle';

export interface ReadToSave {
  assignmentId: string;
  answer: Answer;
  marks: readonly Mark[];
  /** Spent on the photograph, and how much of it nothing was touched. */
  activeMs: number;
  idleMs: number;
  /** The answer this one takes the place of; null for the first. */
  supersedesId: string | null;
  /** Why a final answer is corrected after something about the photograph was shown; null for a first answer and for an undo. */
  correctionReason: string | null;
}

const DAY_MS = 86_400_000;

/**
 * Stores a reader's answer. When this returns it is on disk and final. An undo supersedes it as long as nothing about the photograph has been shown to
 * the reader; a later correction carries that it was made unblinded, with its reason, and never changes a label.
 *
 * @throws AppError not-found, not-permitted (another's assignment), read-ended (taken back meanwhile), read-answered (answered already, or corrected since),
 *   read-needs-reason (something was shown since: a correction needs a reason), reader-not-certified
 */
export function saveRead(actor: Actor, workspace: Workspace, read: ReadToSave): { readId: string } {
  requireRole(actor, 'doctor');
  const { database, site } = workspace.profile;
  return transaction(database, () => {
    const { assignment, campaign } = ownAssignment(actor, workspace, read.assignmentId);
    const before = currentRead(database, assignment.id) ?? null;
    if ((before?.id ?? null) !== read.supersedesId) throw new AppError('read-answered');
    const unblinded = before !== null && wasUnblinded(database, actor, before);
    if (before === null && (assignment.ended || (assignment.notBefore ?? 0) > Date.now())) throw new AppError('read-ended');
    if (unblinded !== (read.correctionReason !== null)) throw new AppError(unblinded ? 'read-needs-reason' : 'read-answered');
    requireCertified(database, actor, campaign);
    const readId = addRead(database, {
      siteId: site.id,
      assignmentId: assignment.id,
      imageId: assignment.imageId,
      readerId: actor.userId,
      purpose: campaign.kind === 'practice' ? 'practice' : 'campaign',
      round: assignment.round,
      answer: read.answer,
      marks: read.marks,
      adjudicate: read.answer.gradable && findLesions(read.answer.lesions).adjudicate,
      contradicts: contradicts(read.answer),
      urgent: findAlert(database, assignment.id) !== undefined,
      activeMs: read.activeMs,
      idleMs: read.idleMs,
      unblinded,
      correctionReason: read.correctionReason,
      elsewhere: false,
      supersedesId: read.supersedesId,
    });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: before === null ? 'read.saved' : unblinded ? 'read.corrected' : 'read.undone',
      recordType: 'read',
      recordId: readId,
      details: { assignment: assignment.id },
    });
    if (campaign.kind === 'practice') certifyIfComplete(database, actor, campaign);
    else if (!unblinded && assignment.kind !== 're-read') {
      if (before === null) planReread(database, campaign, assignment);
      settle(database, campaign, assignment);
    }
    return { readId };
  });
}

/** @throws AppError not-found, not-permitted */
export function ownAssignment(
  actor: Actor,
  workspace: Pick<Workspace, 'profile'>,
  assignmentId: string,
): { assignment: ReadAssignment; campaign: Campaign } {
  const { database } = workspace.profile;
  const assignment = getAssignment(database, assignmentId);
  const campaign = assignment === undefined ? undefined : getCampaign(database, assignment.campaignId);
  if (assignment === undefined || campaign === undefined) throw new AppError('not-found', { what: 'assignment' });
  if (assignment.readerId !== actor.userId) throw new AppError('not-permitted');
  return { assignment, campaign };
}

export function wasUnblinded(db: WritableDatabase, actor: Actor, read: Read): boolean {
  return read.unblinded || isUnblindedSince(db, actor.userId, read.imageId, read.createdAt);
}

/** About one photograph in ten comes back to the same reader after the wash-out, masked: the seed says which. */
function planReread(db: WritableDatabase, campaign: Campaign, assignment: ReadAssignment): void {
  if (assignment.kind !== 'read' || campaign.rereadPercent === 0) return;
  if (drawn(campaign.seed, 're-read', assignment.readerId, assignment.itemId) * 100 >= campaign.rereadPercent) return;
  addAssignment(db, {
    siteId: campaign.siteId,
    campaignId: campaign.id,
    itemId: assignment.itemId,
    imageId: assignment.imageId,
    readerId: assignment.readerId,
    kind: 're-read',
    round: 1,
    position: Math.floor(drawn(campaign.seed, 're-read place', assignment.readerId, assignment.itemId) * 100_000),
    notBefore: Date.now() + campaign.washoutDays * DAY_MS,
  });
}
