import { appendAuditEvent } from '../../db/audit';
import { newId } from '../../db/ids';
import {
  addAssignment,
  addCampaign,
  addItem,
  addLeftOut,
  closeCampaign as storeEnd,
  endAssignments,
  getCampaign,
  sealCampaign,
} from '../../db/queries/campaigns';
import { consentMark, listWithdrawn } from '../../db/queries/campaign-candidates';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import type { Adjudication } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { inPieces, type Watch } from '../data-sets/store-data-set';
import type { Workspace } from '../workspace';
import type { WorkerPool } from '../worker-pool';
import { readerLeaves } from './reader-leaves';
import type { CampaignChoice, CampaignPreview, PlannedItem } from './plan-campaign';

export interface CampaignRequest extends Omit<CampaignChoice, 'threshold'> {
  title: string;
  readerIds: readonly string[];
  readersPerImage: number;
  adjudication: Adjudication;
  adjudicatorId: string | null;
  fellowEye: boolean;
  priorVisit: boolean;
  rereadPercent: number;
  washoutDays: number;
  certifiedOnly: boolean;
}

export type CampaignMaker = Pick<Workspace, 'profile' | 'model'> & { pool: Pick<WorkerPool, 'planCampaign'> };

/** What a request would take, without storing anything. */
export async function previewCampaign(
  actor: Actor,
  { profile, model, pool }: Pick<Workspace, 'profile' | 'model'> & { pool: Pick<WorkerPool, 'previewCampaign'> },
  request: Pick<CampaignRequest, 'selection' | 'runIds' | 'size' | 'consentDeclared'>,
): Promise<CampaignPreview> {
  requireRole(actor, 'doctor', 'admin');
  const choice = { ...request, images: null, threshold: model?.point.refer ?? null };
  return pool.previewCampaign({ database: profile.databaseAccess, choice });
}

/**
 * Makes a campaign with its photographs and every reader's own order: worked out in a thread, stored in pieces, there for everybody when the last piece is. Cancelled or
 * killed before, it is there for nobody.
 *
 * @param sealed stored together with the last step
 * @throws AppError not-permitted; campaign-too-few-readers; campaign-adjudicator-reads, when the adjudicator is one of the readers; campaign-empty, when
 *   nothing that may be used fits; cancelled
 */
export async function createCampaign(
  actor: Actor,
  { profile, model, pool }: CampaignMaker,
  request: CampaignRequest,
  watch: Watch,
  sealed: (campaignId: string) => void = () => undefined,
): Promise<{ campaignId: string }> {
  requireRole(actor, 'doctor', 'admin');
  const { database, site } = profile;
  const readers = [...new Set(request.readerIds)];
  if (readers.length < request.readersPerImage || request.readersPerImage < 2) {
    throw new AppError('campaign-too-few-readers', { readers: readers.length, needed: Math.max(2, request.readersPerImage) });
  }
  const adjudicatorId = request.adjudication === 'senior' ? request.adjudicatorId : null;
  if (request.adjudication === 'senior' && (adjudicatorId === null || readers.includes(adjudicatorId))) {
    throw new AppError('campaign-adjudicator-reads');
  }
  const seed = newId();
  const { selection, runIds, size, images, consentDeclared, readersPerImage } = request;
  const threshold = model?.point.refer ?? null;
  const asked = { selection, runIds, size, images, consentDeclared, readersPerImage, readerIds: readers, threshold, seed };
  const mark = consentMark(database);
  const { leftOut, items } = await pool.planCampaign({ database: profile.databaseAccess, asked });
  const { title, adjudication, fellowEye, priorVisit, rereadPercent, washoutDays, certifiedOnly } = request;
  const facts = { title, selection, readersPerImage, adjudication, fellowEye, priorVisit, rereadPercent, washoutDays, certifiedOnly };
  const campaignId = addCampaign(
    database,
    { ...facts, siteId: site.id, kind: 'reading', adjudicatorId, passMark: null, consentDeclared, seed, actorId: actor.userId },
    readers,
  );
  let stored = 0;
  await inPieces(database, items, watch, (piece) => {
    const planned = JSON.parse(Buffer.from(piece).toString('utf8')) as PlannedItem[];
    // Whoever took back their consent since it was worked out.
    const imageIds = planned.map(({ imageId }) => imageId);
    const withdrawn = consentMark(database) === mark ? new Set<string>() : listWithdrawn(database, imageIds);
    if (withdrawn.size > 0) leftOut['no-consent'] = (leftOut['no-consent'] ?? 0) + withdrawn.size;
    for (const item of planned.filter(({ imageId }) => !withdrawn.has(imageId))) {
      storeItem(profile, campaignId, item);
      stored += 1;
    }
  });
  if (stored === 0) throw new AppError('campaign-empty');
  transaction(database, () => {
    addLeftOut(database, campaignId, leftOut);
    sealCampaign(database, campaignId);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'campaign.created',
      recordType: 'campaign',
      recordId: campaignId,
      details: {
        selection,
        images: stored,
        readers: readers.length,
        readersPerImage,
        consentDeclared,
        leftOut: Object.values(leftOut).reduce((sum, count) => sum + count, 0),
      },
    });
    sealed(campaignId);
  });
  return { campaignId };
}

function storeItem({ database, site }: Workspace['profile'], campaignId: string, { places, ...item }: PlannedItem): void {
  addItem(database, campaignId, item);
  for (const place of places) {
    addAssignment(database, {
      siteId: site.id,
      campaignId,
      itemId: item.id,
      imageId: item.imageId,
      ...place,
      kind: 'read',
      round: 1,
      notBefore: null,
    });
  }
}

/** Takes every unanswered assignment back; what was read stays. @throws AppError not-found */
export function closeCampaign(actor: Actor, workspace: Workspace, campaignId: string): void {
  requireRole(actor, 'doctor', 'admin');
  const { database, site } = workspace.profile;
  if (getCampaign(database, campaignId) === undefined) throw new AppError('not-found', { what: 'campaign' });
  transaction(database, () => {
    endAssignments(database, { campaignId, readerId: null }, 'campaign-closed', actor.userId);
    storeEnd(database, campaignId, actor.userId);
    appendAuditEvent(database, { siteId: site.id, actor, action: 'campaign.closed', recordType: 'campaign', recordId: campaignId });
  });
}

/** A reader leaves: what is read stays read, the rest is taken back. @throws AppError not-found */
export function withdrawReader(actor: Actor, workspace: Workspace, campaignId: string, readerId: string): void {
  requireRole(actor, 'doctor', 'admin');
  const { database, site } = workspace.profile;
  if (getCampaign(database, campaignId) === undefined) throw new AppError('not-found', { what: 'campaign' });
  transaction(database, () => {
    const ended = readerLeaves(database, { campaignId, readerId, actorId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'campaign.readerLeft',
      recordType: 'campaign',
      recordId: campaignId,
      details: { reader: readerId, assignments: ended },
    });
  });
}
