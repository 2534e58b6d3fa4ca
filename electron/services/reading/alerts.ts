import { appendAuditEvent } from '../../db/audit';
import { addAlert, type Alert, endAlert as storeEnd, findAlert, getAlert, listAlerts as findAlerts } from '../../db/queries/alerts';
import { currentAssignment } from '../../db/queries/assignments';
import { recordUnblinding } from '../../db/queries/blinding';
import { endAssignments, getCampaign } from '../../db/queries/campaigns';
import { getPatient } from '../../db/queries/patients';
import { transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import type { AlertAction } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import type { AlertDetail, AlertSummary } from '../../shared/ipc/campaigns';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';
import { isClinicalLead } from './clinical-lead';
import { ownAssignment } from './save-read';

/** A reader has seen what cannot wait: the clinical lead is told at once. Sent twice it is one alert. @throws AppError not-found, not-permitted */
export function sendAlert(actor: Actor, workspace: Workspace, assignmentId: string): void {
  requireRole(actor, 'doctor');
  const { database, site } = workspace.profile;
  transaction(database, () => {
    const { assignment } = ownAssignment(actor, workspace, assignmentId);
    if (findAlert(database, assignmentId) !== undefined) return;
    const alertId = addAlert(database, { siteId: site.id, assignmentId, imageId: assignment.imageId, readerId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'alert.sent',
      recordType: 'alert',
      recordId: alertId,
      details: { assignment: assignmentId },
    });
  });
}

/** What waits for the clinical lead, without whom it is about: that is told by `openAlert`. */
export function listAlerts(actor: Actor, workspace: Workspace): AlertSummary[] {
  requireRole(actor, 'doctor', 'admin');
  const { database } = workspace.profile;
  if (!isClinicalLead(actor, database)) return [];
  return findAlerts(database).map(({ id, createdAt, action, closedAt }) => ({ alertId: id, createdAt, action, closedAt }));
}

/**
 * Tells the clinical lead whose photograph it is. A patient in danger comes before a blind answer: where the lead is to read that photograph too, the
 * lead's assignment is taken back.
 *
 * @throws AppError not-found; not-permitted for everybody but the clinical lead
 */
export function openAlert(actor: Actor, workspace: Workspace, alertId: string): AlertDetail {
  requireRole(actor, 'doctor', 'admin');
  const { database, site } = workspace.profile;
  const alert = leadsAlert(actor, workspace, alertId);
  const place = currentAssignment(database, alert.imageId);
  const patient = place?.patientId == null ? undefined : getPatient(database, place.patientId);
  transaction(database, () => {
    endAssignments(database, { readerId: actor.userId, imageId: alert.imageId }, 'alert', actor.userId);
    recordUnblinding(database, actor.userId, [alert.imageId], 'alert');
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'alert.opened',
      recordType: 'alert',
      recordId: alertId,
      details: { patient: patient?.id ?? null },
    });
  });
  return {
    alertId,
    createdAt: alert.createdAt,
    action: alert.action,
    closedAt: alert.closedAt,
    imageId: alert.imageId,
    campaignNumber: getCampaign(database, alert.campaignId)?.number ?? 0,
    patientId: patient?.id ?? null,
    shortId: patient?.shortId ?? null,
    eye: place?.eye ?? null,
  };
}

/** What the lead did. @throws AppError not-found, not-permitted; read-ended when somebody has closed it */
export function endAlert(actor: Actor, workspace: Workspace, alertId: string, action: AlertAction): void {
  requireRole(actor, 'doctor', 'admin');
  const { database, site } = workspace.profile;
  transaction(database, () => {
    const alert = leadsAlert(actor, workspace, alertId);
    if (alert.action !== null) throw new AppError('read-ended');
    storeEnd(database, alertId, action, actor.userId);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'alert.closed',
      recordType: 'alert',
      recordId: alertId,
      details: { action },
    });
  });
}

function leadsAlert(actor: Actor, workspace: Workspace, alertId: string): Alert {
  const { database } = workspace.profile;
  if (!isClinicalLead(actor, database)) throw new AppError('not-permitted');
  const alert = getAlert(database, alertId);
  if (alert === undefined) throw new AppError('not-found', { what: 'alert' });
  return alert;
}
