import type { Campaign } from '../../db/queries/campaigns';
import { hasPassed } from '../../db/queries/certifications';
import type { ReadableDatabase } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';

/** @throws AppError reader-not-certified unless the campaign asks for none or the reader has passed a practice set */
export function requireCertified(db: ReadableDatabase, actor: Actor, campaign: Campaign): void {
  if (campaign.certifiedOnly && !hasPassed(db, actor.userId)) throw new AppError('reader-not-certified');
}
