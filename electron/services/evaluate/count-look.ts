import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addTestLook } from '../../db/queries/promotions';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { requireRole } from '../actor';
import type { Evaluation } from './evaluate';

/** Remembers that these locked test patients were looked at: the gate counts it, and a test set that was looked at often is used up. */
export function countLook(actor: Actor, { database, site }: Profile, { modelId, images }: Evaluation): void {
  requireRole(actor, 'admin');
  const locked = images.filter((image) => image.locked).map(({ sha256 }) => sha256);
  if (locked.length === 0) return;
  transaction(database, () => {
    const lookId = addTestLook(database, { siteId: site.id, actorId: actor.userId, modelId, images: locked });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'test-set.looked-at',
      recordType: 'test-look',
      recordId: lookId,
      details: { model: modelId, images: locked.length },
    });
  });
}
