import { stringify } from 'csv-stringify/sync';
import { appendAuditEvent, listAuditEvents, verifyAuditChain } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { listUsers } from '../../db/queries/users';
import { transaction } from '../../db/sql';
import type { AuditChain, AuditFilter, AuditRow } from '../../shared/domain/audit';
import type { Actor } from '../../shared/domain/codes';
import { requireRole } from '../actor';

interface AuditPage {
  total: number;
  rows: AuditRow[];
  /** All that occur, for the filter. */
  actions: string[];
}

/** Newest first. */
export function auditPage(actor: Actor, { database }: Profile, filter: AuditFilter & { offset: number; limit: number }): AuditPage {
  requireRole(actor, 'admin');
  const names = new Map(listUsers(database).map(({ id, name }) => [id, name]));
  const { total, rows, actions } = listAuditEvents(database, filter);
  return { total, rows: rows.map((row) => ({ ...row, actorName: names.get(row.actorId) ?? null })), actions };
}

/** Recomputes the chain from its beginning. */
export function auditChain(actor: Actor, { database }: Profile): AuditChain {
  requireRole(actor, 'admin');
  return verifyAuditChain(database);
}

/** The events of a filter as RFC 4180, oldest first, with the hashes: who has the file can recompute the chain. That it was written is an event too. */
export function auditCsv(actor: Actor, { database, site }: Profile, filter: AuditFilter): { csv: string; events: number } {
  requireRole(actor, 'admin');
  const { rows } = listAuditEvents(database, { ...filter, offset: 0, limit: Number.MAX_SAFE_INTEGER });
  transaction(database, () => {
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'audit.exported',
      recordType: 'audit',
      recordId: site.id,
      details: { events: rows.length },
    });
  });
  const header = ['seq', 'at', 'actor', 'action', 'record type', 'record', 'details', 'previous hash', 'hash'];
  const lines = rows
    .reverse()
    .map((row) => [
      row.seq,
      new Date(row.at).toISOString(),
      row.actorId,
      row.action,
      row.recordType,
      row.recordId,
      row.details,
      row.previousHash,
      row.hash,
    ]);
  return { csv: stringify([header, ...lines], { record_delimiter: 'windows' }), events: lines.length };
}
