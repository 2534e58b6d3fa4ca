import { findAlert } from '../../db/queries/alerts';
import { recordUnblinding } from '../../db/queries/blinding';
import { type Campaign, getCampaign, listCampaigns } from '../../db/queries/campaigns';
import { findKnownAnswer, hasPassed, listCertifications } from '../../db/queries/certifications';
import { getImage } from '../../db/queries/images';
import {
  countOfReader,
  currentRead,
  lastRead as findLast,
  listLabelReads,
  listUnanswered,
  type ReadAssignment,
} from '../../db/queries/reads';
import { findCompanions } from '../../db/queries/reading-pictures';
import { transaction, type WritableDatabase } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { companionAddress } from '../../shared/ipc/images';
import type { LastRead, MyCampaign, MyReading, PracticeFeedback, ReadingItem, ReadingQueue } from '../../shared/ipc/reading';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { requireCertified } from './require-certified';
import { ownAssignment, wasUnblinded } from './save-read';

/** The campaigns that this person reads in or decides for, as a reader may see them. */
export function myReading(actor: Actor, workspace: Workspace): MyReading {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  const certified = hasPassed(database, actor.userId);
  const counts = new Map(countOfReader(database, actor.userId, Date.now()).map((one) => [one.campaignId, one]));
  const scores = new Map(listCertifications(database, actor.userId).map((one) => [one.campaignId, one]));
  const campaigns = listCampaigns(database).flatMap((campaign): MyCampaign[] => {
    const count = counts.get(campaign.id);
    if (count === undefined || campaign.closedAt !== null) return [];
    return [
      {
        campaignId: campaign.id,
        number: campaign.number,
        practice: campaign.kind === 'practice',
        total: count.total,
        answered: count.answered,
        toDecide: count.toDecide,
        later: count.waiting,
        needsCertificate: campaign.certifiedOnly && !certified,
        score: scores.get(campaign.id) ?? null,
      },
    ];
  });
  return { campaigns, certified };
}

/**
 * The next photographs, in the reader's own order: after a crash or a restart the queue goes on at the one it was on.
 *
 * @throws AppError not-found; reader-not-certified
 */
export function readingQueue(actor: Actor, workspace: Workspace, campaignId: string, limit: number): ReadingQueue {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  const campaign = getCampaign(database, campaignId);
  const now = Date.now();
  const count = countOfReader(database, actor.userId, now).find((one) => one.campaignId === campaignId);
  if (campaign === undefined || count === undefined) throw new AppError('not-found', { what: 'campaign' });
  requireCertified(database, actor, campaign);
  const next = listUnanswered(database, { readerId: actor.userId, campaignId, now, limit });
  return {
    campaignId,
    number: campaign.number,
    practice: campaign.kind === 'practice',
    total: count.total,
    answered: count.answered,
    later: count.waiting,
    items: next.map((assignment) => readingItem(database, campaign, assignment)),
  };
}

/** What undo goes back to: the answer that this reader gave last in the campaign, or null. */
export function lastRead(actor: Actor, workspace: Workspace, campaignId: string): LastRead | null {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  const read = findLast(database, actor.userId, campaignId);
  if (read === undefined) return null;
  const { assignment, campaign } = ownAssignment(actor, workspace, read.assignmentId);
  return {
    item: readingItem(database, campaign, assignment),
    readId: read.id,
    answer: read.answer,
    marks: [...read.marks],
    unblinded: wasUnblinded(database, actor, read),
  };
}

/** What is known of a practice photograph, beside what the reader said of it. @throws AppError not-found; read-not-answered */
export function practiceFeedback(actor: Actor, workspace: Workspace, assignmentId: string): PracticeFeedback {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  const { assignment } = ownAssignment(actor, workspace, assignmentId);
  const given = currentRead(database, assignmentId);
  if (given === undefined) throw new AppError('read-not-answered');
  const known = findKnownAnswer(database, assignment.itemId);
  if (known === undefined) throw new AppError('not-found', { what: 'answer' });
  transaction(database, () => {
    recordUnblinding(database, actor.userId, [assignment.imageId], 'practice-answer');
  });
  const { gradable, grade, macular } = given.answer;
  return { known, given: { gradable, grade, macular } };
}

function readingItem(db: WritableDatabase, campaign: Campaign, assignment: ReadAssignment): ReadingItem {
  const image = getImage(db, assignment.imageId);
  if (image === undefined) throw new AppError('not-found', { what: 'image' });
  const companions = findCompanions(db, assignment.imageId);
  return {
    assignmentId: assignment.id,
    width: image.width,
    height: image.height,
    task: assignment.kind === 'adjudicate' ? 'decide' : assignment.kind === 'round-robin' ? 'again' : 'read',
    answered: currentRead(db, assignment.id) !== undefined,
    fellowEye: campaign.fellowEye && companions.fellowEye !== null ? companionAddress(assignment.id, 'fellow-eye') : null,
    priorVisit: campaign.priorVisit && companions.priorVisit !== null ? companionAddress(assignment.id, 'prior-visit') : null,
    others: assignment.kind === 'round-robin' ? roundBefore(db, assignment) : [],
    alerted: findAlert(db, assignment.id) !== undefined,
  };
}

/** What all said in the round before, which ends its undo. */
function roundBefore(db: WritableDatabase, assignment: ReadAssignment): ReadingItem['others'] {
  const { campaignId, imageId, readerId, round } = assignment;
  const reads = listLabelReads(db, campaignId, imageId, round === 2 ? 'read' : 'round-robin', round - 1);
  transaction(db, () => {
    recordUnblinding(db, readerId, [imageId], 'round');
  });
  return reads.map((read) => ({ answer: read.answer, own: read.readerId === readerId }));
}
