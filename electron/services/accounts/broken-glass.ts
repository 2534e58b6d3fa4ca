import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { type BreakGlassUse, listBreakGlassUses, markBreakGlassSeen } from '../../db/queries/break-glass';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { BREAK_GLASS_ACTOR } from './sessions';

/** Newest first. */
export function listBrokenGlass(actor: Actor, { database }: Profile): BreakGlassUse[] {
  requireRole(actor, 'admin');
  return listBreakGlassUses(database);
}

/** An administrator has asked who it was and why. @throws AppError not-permitted for whoever broke it | not-found */
export function markGlassSeen(actor: Actor, { database, site }: Profile, id: string): void {
  requireRole(actor, 'admin');
  if (actor.userId === BREAK_GLASS_ACTOR.userId) throw new AppError('not-permitted', { reason: 'own' });
  transaction(database, () => {
    if (markBreakGlassSeen(database, id, actor.userId) === 0) throw new AppError('not-found', { what: 'break-glass' });
    appendAuditEvent(database, { siteId: site.id, actor, action: 'break-glass.seen', recordType: 'break-glass', recordId: id });
  });
}
