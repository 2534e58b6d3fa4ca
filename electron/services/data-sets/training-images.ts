import type { Profile } from '../../db/profile/profile';
import { getDataset } from '../../db/queries/data-sets';
import { listWithdrawn } from '../../db/queries/labels';
import { listOpenItems, type OpenItem } from '../../db/queries/open-items';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';

/**
 * The photographs of a data set that training may see. The bytes are `profile.blobs.get('original', imageSha256)`.
 *
 * @throws AppError not-permitted, not-found, dataset-consent-withdrawn where patients have taken back their consent since: freeze a new version
 */
export function trainingImages(actor: Actor, profile: Profile, datasetId: string): OpenItem[] {
  requireRole(actor, 'admin');
  if (!getDataset(profile.database, datasetId)) throw new AppError('not-found', { what: 'dataset' });
  const withdrawn = listWithdrawn(profile.database, datasetId);
  const items = listOpenItems(profile.database, datasetId);
  const affected = items.filter((item) => withdrawn.has(item.imageId)).length;
  if (affected > 0) throw new AppError('dataset-consent-withdrawn', { images: affected });
  return items;
}
