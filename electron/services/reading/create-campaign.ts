import { appendAuditEvent } from '../../db/audit';
import { newId } from '../../db/ids';
import {
  addAssignment,
  addCampaign,
  addItems,
  addLeftOut,
  type Campaign,
  closeCampaign as storeEnd,
  endAssignments,
  getCampaign,
  type Item,
  type NewItem,
} from '../../db/queries/campaigns';
import { type Candidate, listCandidates } from '../../db/queries/campaign-candidates';
import { type ReadableDatabase, transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import type { Adjudication, CampaignLeftOut, Selection } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { drawnOrder, readerOrder } from './order';
import { selectImages } from './select-images';

export interface CampaignRequest {
  title: string;
  selection: Selection;
  /** Photographs of these runs only; empty: of all. */
  runIds: readonly string[];
  /** At most this many; null: all that fit. */
  size: number | null;
  /** Given as they are (label-noise queue, running audit); null: chosen by `selection`. */
  images: readonly NewItem[] | null;
  readerIds: readonly string[];
  readersPerImage: number;
  adjudication: Adjudication;
  adjudicatorId: string | null;
  fellowEye: boolean;
  priorVisit: boolean;
  rereadPercent: number;
  washoutDays: number;
  certifiedOnly: boolean;
  /** The lead says that the people in photographs of folders have agreed, or that the photographs are public. */
  consentDeclared: boolean;
}

export interface CampaignPreview {
  images: number;
  selected: number;
  random: number;
  /** Of those asked for, what is not taken. */
  leftOut: CampaignLeftOut;
}

/** What a request would take, without storing anything. */
export function previewCampaign(
  actor: Actor,
  workspace: Workspace,
  request: Pick<CampaignRequest, 'selection' | 'runIds' | 'size' | 'consentDeclared'>,
): CampaignPreview {
  requireRole(actor, 'doctor', 'admin');
  const { usable, leftOut } = divide(listCandidates(workspace.profile.database, request.runIds), { ...request, images: null });
  const items = chosen(usable, workspace, { ...request, seed: 'preview', images: null });
  return {
    images: items.length,
    selected: items.filter(({ origin }) => origin === 'selected').length,
    random: items.filter(({ origin }) => origin === 'random').length,
    leftOut,
  };
}

/**
 * Stores a campaign with its photographs and every reader's own order, in one transaction.
 *
 * @throws AppError not-permitted; campaign-too-few-readers; campaign-adjudicator-reads, when the adjudicator is one of the readers; campaign-empty, when
 *   nothing that may be used fits
 */
export function createCampaign(actor: Actor, workspace: Workspace, request: CampaignRequest): { campaignId: string } {
  requireRole(actor, 'doctor', 'admin');
  const { database, site } = workspace.profile;
  const readers = [...new Set(request.readerIds)];
  if (readers.length < request.readersPerImage || request.readersPerImage < 2) {
    throw new AppError('campaign-too-few-readers', { readers: readers.length, needed: Math.max(2, request.readersPerImage) });
  }
  const adjudicatorId = request.adjudication === 'senior' ? request.adjudicatorId : null;
  if (request.adjudication === 'senior' && (adjudicatorId === null || readers.includes(adjudicatorId))) {
    throw new AppError('campaign-adjudicator-reads');
  }
  const seed = newId();
  const { usable, leftOut } = divide(listCandidates(database, request.runIds), request);
  const items = chosen(usable, workspace, { ...request, seed });
  if (items.length === 0) throw new AppError('campaign-empty');
  const patientOf = new Map(usable.map(({ imageId, patientId }) => [imageId, patientId]));
  return transaction(database, () => {
    const campaign = addCampaign(
      database,
      {
        siteId: site.id,
        kind: 'reading',
        title: request.title,
        selection: request.selection,
        readersPerImage: request.readersPerImage,
        adjudication: request.adjudication,
        adjudicatorId,
        fellowEye: request.fellowEye,
        priorVisit: request.priorVisit,
        rereadPercent: request.rereadPercent,
        washoutDays: request.washoutDays,
        certifiedOnly: request.certifiedOnly,
        passMark: null,
        consentDeclared: request.consentDeclared,
        seed,
        actorId: actor.userId,
      },
      readers,
    );
    const stored = addItems(database, campaign.id, items).map((item) => ({ ...item, patientId: patientOf.get(item.imageId) ?? null }));
    assign(database, campaign, stored, readers);
    addLeftOut(database, campaign.id, leftOut);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'campaign.created',
      recordType: 'campaign',
      recordId: campaign.id,
      details: {
        selection: request.selection,
        images: items.length,
        readers: readers.length,
        readersPerImage: request.readersPerImage,
        consentDeclared: request.consentDeclared,
        leftOut: Object.values(leftOut).reduce((sum, count) => sum + count, 0),
      },
    });
    return { campaignId: campaign.id };
  });
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
    const ended = endAssignments(database, { campaignId, readerId }, 'reader-left', actor.userId);
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

type Asked = Pick<CampaignRequest, 'selection' | 'images' | 'consentDeclared'>;

/** What may be read of the photographs asked for, and a count with its reason for everything that may not. */
function divide(candidates: readonly Candidate[], asked: Asked): { usable: Candidate[]; leftOut: CampaignLeftOut } {
  const leftOut: CampaignLeftOut = {};
  const given = asked.images === null ? null : new Set(asked.images.map(({ imageId }) => imageId));
  const usable = candidates.filter((candidate) => {
    if (given !== null && !given.has(candidate.imageId)) return false;
    const reason = reasonAgainst(candidate, asked);
    if (reason !== null) leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    return reason === null;
  });
  return { usable, leftOut };
}

/** These two are chosen by the model's score: without one a photograph has no place in the order. */
const BY_SCORE: readonly Selection[] = ['low-confidence', 'active-learning'];

function reasonAgainst(candidate: Candidate, { selection, images, consentDeclared }: Asked): keyof CampaignLeftOut | null {
  // Of a data set that came from elsewhere: decoded when it came, and labelled there.
  const named = images !== null && candidate.unusable === 'unchecked';
  if (candidate.unusable !== null && !named) return candidate.unusable;
  if (candidate.unregistered && !consentDeclared) return 'not-declared';
  return candidate.p2 === null && BY_SCORE.includes(selection) ? 'not-scored' : null;
}

function chosen(
  candidates: readonly Candidate[],
  workspace: Workspace,
  request: Pick<CampaignRequest, 'selection' | 'size' | 'images'> & { seed: string },
): NewItem[] {
  const { selection, size, images, seed } = request;
  if (images !== null) {
    const known = new Set(candidates.map(({ imageId }) => imageId));
    return images.filter(({ imageId }) => known.has(imageId));
  }
  return selectImages(candidates, { selection, size, seed, threshold: workspace.model?.point.refer ?? null });
}

/** Each photograph to as many readers as it needs, evenly; each reader in an order of their own. */
function assign(
  db: Parameters<typeof addAssignment>[0] & ReadableDatabase,
  campaign: Campaign,
  items: readonly (Item & { patientId: string | null })[],
  readers: readonly string[],
): void {
  const ofReader = new Map<string, (Item & { patientId: string | null })[]>(readers.map((reader) => [reader, []]));
  const shuffled = drawnOrder(items, ({ imageId }) => imageId, campaign.seed, 'readers');
  for (const [index, item] of shuffled.entries()) {
    for (let turn = 0; turn < campaign.readersPerImage; turn++) {
      const reader = readers[(index * campaign.readersPerImage + turn) % readers.length];
      if (reader !== undefined) ofReader.get(reader)?.push(item);
    }
  }
  const places = new Map<string, { readerId: string; position: number }[]>();
  for (const [readerId, own] of ofReader) {
    readerOrder(own, campaign.seed, readerId).forEach((item, position) => {
      places.set(item.id, [...(places.get(item.id) ?? []), { readerId, position }]);
    });
  }
  for (const item of items) {
    // Which assignment of a photograph was stored first says nothing of whose it is.
    for (const { readerId, position } of drawnOrder(places.get(item.id) ?? [], (place) => place.readerId, campaign.seed, item.id)) {
      addAssignment(db, {
        siteId: campaign.siteId,
        campaignId: campaign.id,
        itemId: item.id,
        imageId: item.imageId,
        readerId,
        kind: 'read',
        round: 1,
        position,
        notBefore: null,
      });
    }
  }
}
