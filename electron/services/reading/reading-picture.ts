import { getAssignment } from '../../db/queries/reads';
import { getCampaign } from '../../db/queries/campaigns';
import { findCompanions } from '../../db/queries/reading-pictures';
import type { ReadableDatabase } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { parseReadingAddress } from '../../shared/ipc/images';

/** The photograph behind the address of a reader's own assignment; null for everybody else and for what the campaign does not show. */
export function readingPictureId(actor: Actor, db: ReadableDatabase, address: string): string | null {
  const { assignmentId, companion } = parseReadingAddress(address);
  const assignment = getAssignment(db, assignmentId);
  if (assignment?.readerId !== actor.userId) return null;
  if (companion === null) return assignment.imageId;
  const campaign = getCampaign(db, assignment.campaignId);
  const companions = findCompanions(db, assignment.imageId);
  if (companion === 'fellow-eye') return campaign?.fellowEye === true ? companions.fellowEye : null;
  return campaign?.priorVisit === true ? companions.priorVisit : null;
}
