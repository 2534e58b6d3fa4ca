import { endAssignments, getCampaign } from '../../db/queries/campaigns';
import { listLeftBehind } from '../../db/queries/reads';
import type { WritableDatabase } from '../../db/sql';
import { settle } from './settle';

/**
 * Somebody stops reading: what is read stays read and the rest is taken back. Where theirs was the answer that was waited for, what follows from the others' follows now.
 * Runs inside the transaction of whoever calls.
 *
 * @param which of one campaign; null: of all
 * @returns how many were taken back
 */
export function readerLeaves(
  db: WritableDatabase,
  { campaignId, readerId, actorId }: { campaignId: string | null; readerId: string; actorId: string },
): number {
  const ended = endAssignments(db, { ...(campaignId === null ? {} : { campaignId }), readerId }, 'reader-left', actorId);
  for (const item of listLeftBehind(db, readerId, campaignId)) {
    const campaign = getCampaign(db, item.campaignId);
    if (campaign !== undefined) settle(db, campaign, item);
  }
  return ended;
}
