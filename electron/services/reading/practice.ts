import { appendAuditEvent } from '../../db/audit';
import { newId } from '../../db/ids';
import { type CampaignLabel, listReferenceLabels } from '../../db/queries/adjudications';
import { addAssignment, addCampaign, addItems, addPracticeAnswer, sealCampaign } from '../../db/queries/campaigns';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { drawnOrder, readerOrder } from './order';

export interface PracticeRequest {
  readerIds: readonly string[];
  size: number;
  /** Quadratic kappa with the known answers, 0..1. */
  passMark: number;
  /** Known answers from elsewhere (a teaching set that was brought in); null: the site's own reference labels. */
  known: readonly Pick<CampaignLabel, 'imageId' | 'gradable' | 'grade' | 'macular'>[] | null;
}

/**
 * A practice set of photographs whose answer is known, as many of each grade as there are, the same for every reader but each in an order of their own.
 *
 * @throws AppError not-permitted; campaign-empty without known answers; campaign-too-few-readers
 */
export function createPractice(actor: Actor, workspace: Workspace, request: PracticeRequest): { campaignId: string } {
  requireRole(actor, 'admin');
  const { database, site } = workspace.profile;
  const readers = [...new Set(request.readerIds)];
  if (readers.length === 0) throw new AppError('campaign-too-few-readers', { readers: 0, needed: 1 });
  const seed = newId();
  const known = balanced(request.known ?? listReferenceLabels(database), request.size, seed);
  if (known.length === 0) throw new AppError('campaign-empty');
  return transaction(database, () => {
    const campaignId = addCampaign(
      database,
      {
        siteId: site.id,
        kind: 'practice',
        title: '',
        selection: 'practice',
        readersPerImage: 1,
        adjudication: 'senior',
        adjudicatorId: null,
        fellowEye: false,
        priorVisit: false,
        rereadPercent: 0,
        washoutDays: 0,
        certifiedOnly: false,
        passMark: request.passMark,
        consentDeclared: true,
        seed,
        actorId: actor.userId,
      },
      readers,
    );
    const items = addItems(
      database,
      campaignId,
      known.map(({ imageId }) => ({ imageId, origin: 'selected' })),
    );
    items.forEach((item, index) => {
      const answer = known[index];
      if (answer !== undefined) addPracticeAnswer(database, item.id, answer);
    });
    for (const readerId of readers) {
      const ordered = readerOrder(
        items.map((item) => ({ ...item, patientId: null })),
        seed,
        readerId,
      );
      ordered.forEach((item, position) => {
        addAssignment(database, {
          siteId: site.id,
          campaignId,
          itemId: item.id,
          imageId: item.imageId,
          readerId,
          kind: 'read',
          round: 1,
          position,
          notBefore: null,
        });
      });
    }
    sealCampaign(database, campaignId);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'practice.created',
      recordType: 'campaign',
      recordId: campaignId,
      details: { images: items.length, readers: readers.length, passMark: request.passMark },
    });
    return { campaignId };
  });
}

type Known = Pick<CampaignLabel, 'imageId' | 'gradable' | 'grade' | 'macular'>;

/** In turn from each grade and from what is not gradable, so that rare grades are practised too. */
function balanced(known: readonly Known[], size: number, seed: string): Known[] {
  const groups = new Map<number, Known[]>();
  for (const one of drawnOrder(known, ({ imageId }) => imageId, seed)) {
    const key = one.grade ?? -1;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  const taken: Known[] = [];
  for (let turn = 0; taken.length < size && turn < known.length; turn++) {
    for (const group of groups.values()) {
      const one = group[turn];
      if (one !== undefined && taken.length < size) taken.push(one);
    }
  }
  return taken;
}
