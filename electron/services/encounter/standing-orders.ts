import { appendAuditEvent } from '../../db/audit';
import { addStandingOrder, listStandingOrders, withdrawStandingOrder } from '../../db/queries/dilations';
import { transaction } from '../../db/sql';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { StandingOrderView } from '../../shared/ipc/capture';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';

/** A standing order is looked at anew at least once a year (our judgement). */
const LONGEST_DAYS = 366;
const DAY_MS = 86_400_000;

export function standingOrders(actor: Actor, { profile }: Pick<Workspace, 'profile'>): StandingOrderView[] {
  requireRole(actor, ...ROLES);
  return listStandingOrders(profile.database, Date.now());
}

/** A doctor lets technicians give these drops, with the checklist. @throws AppError not-permitted for anybody else */
export function giveStandingOrder(
  actor: Actor,
  { profile }: Pick<Workspace, 'profile'>,
  order: { drug: string; strength: string; days: number },
): void {
  requireRole(actor, 'doctor');
  const { database, site } = profile;
  const validUntil = Date.now() + Math.min(order.days, LONGEST_DAYS) * DAY_MS;
  transaction(database, () => {
    const recordId = addStandingOrder(database, {
      siteId: site.id,
      doctorId: actor.userId,
      drug: order.drug,
      strength: order.strength,
      validUntil,
    });
    appendAuditEvent(database, { siteId: site.id, actor, action: 'standing-order.given', recordType: 'standing_order', recordId });
  });
}

/** @throws AppError not-found */
export function endStandingOrder(actor: Actor, { profile }: Pick<Workspace, 'profile'>, orderId: string): void {
  requireRole(actor, 'doctor', 'admin');
  const { database, site } = profile;
  transaction(database, () => {
    if (!listStandingOrders(database, Date.now()).some((order) => order.id === orderId)) throw new AppError('not-found', { what: 'order' });
    withdrawStandingOrder(database, { siteId: site.id, orderId, actorId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'standing-order.withdrawn',
      recordType: 'standing_order',
      recordId: orderId,
    });
  });
}
