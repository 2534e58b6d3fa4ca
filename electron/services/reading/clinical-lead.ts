import { z } from 'zod';
import { appendAuditEvent } from '../../db/audit';
import { getSetting, putSetting } from '../../db/queries/settings';
import { type ReadableDatabase, transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import { requireRole } from '../actor';
import type { Workspace } from '../workspace';

const CLINICAL_LEAD_KEY = 'reading.clinicalLead';

/** Who alone sees whose photograph an alert is about; null until an administrator has named somebody. */
export function clinicalLead(db: ReadableDatabase): string | null {
  return getSetting(db, CLINICAL_LEAD_KEY, z.string().nullable()) ?? null;
}

/** Until somebody is named, a doctor who is an administrator too stands in: an alert must reach somebody. */
export function isClinicalLead(actor: Actor, db: ReadableDatabase): boolean {
  const lead = clinicalLead(db);
  if (lead !== null) return lead === actor.userId;
  return actor.roles.includes('doctor') && actor.roles.includes('admin');
}

export function setClinicalLead(actor: Actor, workspace: Workspace, userId: string | null): void {
  requireRole(actor, 'admin');
  const { database, site } = workspace.profile;
  transaction(database, () => {
    putSetting(database, CLINICAL_LEAD_KEY, userId);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'site.clinicalLead',
      recordType: 'setting',
      recordId: CLINICAL_LEAD_KEY,
      details: { lead: userId },
    });
  });
}
