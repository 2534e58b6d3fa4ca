import { appendAuditEvent } from '../../db/audit';
import type { Campaign } from '../../db/queries/campaigns';
import { addCertification, listCertifications, listPracticePairs, type PracticePair } from '../../db/queries/certifications';
import type { WritableDatabase } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { GRADES } from '../../shared/domain/reading';
import { confusionMatrix, quadraticKappa } from '../../shared/statistics/kappa';

export interface PracticeScore {
  images: number;
  kappa: number | null;
  exact: number;
  gradability: number;
}

/** Kappa is over the photographs that both call gradable, on the fixed scale 0 to 4; the shares are over all. */
export function scorePractice(pairs: readonly PracticePair[]): PracticeScore {
  const answered = pairs.flatMap(({ known, given }) => (given === null ? [] : [{ known, given }]));
  const graded = answered.flatMap(({ known, given }) =>
    known.grade === null || given.grade === null ? [] : [{ known: known.grade, given: given.grade }],
  );
  const table = confusionMatrix(
    graded.map(({ known }) => known),
    graded.map(({ given }) => given),
    GRADES.length,
  );
  const share = (same: (pair: (typeof answered)[number]) => boolean): number =>
    answered.length === 0 ? 0 : answered.filter(same).length / answered.length;
  return {
    images: answered.length,
    kappa: quadraticKappa(table)?.value ?? null,
    exact: share(({ known, given }) => known.gradable === given.gradable && known.grade === given.grade),
    gradability: share(({ known, given }) => known.gradable === given.gradable),
  };
}

/**
 * Scores a practice set once its last photograph is answered; inside the transaction of that answer. Where kappa is not defined (all of one grade) the share
 * of equal answers stands in for it.
 */
export function certifyIfComplete(db: WritableDatabase, actor: Actor, campaign: Campaign): void {
  const pairs = listPracticePairs(db, campaign.id, actor.userId);
  if (pairs.some(({ given }) => given === null)) return;
  if (listCertifications(db, actor.userId).some(({ campaignId }) => campaignId === campaign.id)) return;
  const score = scorePractice(pairs);
  const passMark = campaign.passMark ?? 1;
  const passed = (score.kappa ?? score.exact) >= passMark;
  addCertification(db, { siteId: campaign.siteId, readerId: actor.userId, campaignId: campaign.id, ...score, passMark, passed });
  appendAuditEvent(db, {
    siteId: campaign.siteId,
    actor,
    action: 'reader.examined',
    recordType: 'campaign',
    recordId: campaign.id,
    details: { passed, images: score.images },
  });
}
