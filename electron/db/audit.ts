import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  AUDIT_ACTIONS,
  AUDIT_RECORDS,
  type AuditAction,
  type AuditChain,
  type AuditEvent,
  type AuditFilter,
  type AuditRecord,
} from '../shared/domain/audit';
import type { Actor } from '../shared/domain/codes';
import { newId } from './ids';
import { fromHex, hex } from './rows';
import { all, get, run, sql, sqlJoin, type ReadableDatabase, type WritableDatabase } from './sql';

const codeSchema = z.string().regex(/^[A-Za-z0-9._:+-]{1,64}$/);
/** Ids, codes and counts: a string with a space, a slash or a letter outside ASCII could be a name or a path, and is refused. */
const detailsSchema = z.record(z.string().regex(/^[A-Za-z0-9]{1,40}$/), z.union([codeSchema, z.number(), z.boolean(), z.null()]));
const entrySchema = z.object({
  action: z.enum(AUDIT_ACTIONS),
  recordType: z.enum(AUDIT_RECORDS),
  recordId: codeSchema,
  details: detailsSchema,
});

export interface AuditEntry {
  siteId: string;
  actor: Actor;
  action: AuditAction;
  recordType: AuditRecord;
  recordId: string;
  /** Ids, codes and counts only. */
  details?: Record<string, string | number | boolean | null>;
}

const eventSchema = z.object({
  seq: z.number(),
  id: z.string(),
  site_id: z.string(),
  at: z.number(),
  actor_id: z.string(),
  action: z.string(),
  record_type: z.string(),
  record_id: z.string(),
  details: z.string(),
  previous_hash: hex,
  hash: hex,
});
type EventRow = Omit<z.output<typeof eventSchema>, 'hash'>;

const GENESIS = '0'.repeat(64);

/**
 * Adds one event inside the caller's transaction, so that what was done and that it was done reach the disk together.
 *
 * @throws TypeError outside a transaction; ZodError when a value is more than an id, a code or a count
 */
export function appendAuditEvent(db: WritableDatabase, { siteId, actor, ...entry }: AuditEntry): void {
  if (!db.inTransaction) throw new TypeError('an audit event belongs to the transaction of what it tells');
  const { action, recordType, recordId, details } = entrySchema.parse({ ...entry, details: entry.details ?? {} });
  const last = get(db, sql`SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1`, z.object({ seq: z.number(), hash: hex }));
  const event: EventRow = {
    seq: (last?.seq ?? 0) + 1,
    id: newId(),
    site_id: siteId,
    at: Date.now(),
    actor_id: codeSchema.parse(actor.userId),
    action,
    record_type: recordType,
    record_id: recordId,
    details: JSON.stringify(details),
    previous_hash: last?.hash ?? GENESIS,
  };
  run(
    db,
    sql`INSERT INTO audit_event (seq, id, site_id, at, actor_id, action, record_type, record_id, details, previous_hash, hash)
        VALUES (${event.seq}, ${event.id}, ${event.site_id}, ${event.at}, ${event.actor_id}, ${event.action}, ${event.record_type},
          ${event.record_id}, ${event.details}, ${fromHex(event.previous_hash)}, ${fromHex(hashOf(event))})`,
  );
}

const listedRow = eventSchema.transform((row): AuditEvent => ({
  seq: row.seq,
  at: row.at,
  actorId: row.actor_id,
  action: row.action,
  recordType: row.record_type,
  recordId: row.record_id,
  details: row.details,
  previousHash: row.previous_hash,
  hash: row.hash,
}));

/** Newest first, with how many match and which actions occur at all. */
export function listAuditEvents(
  db: ReadableDatabase,
  { actorId, action, recordId, from, until, offset, limit }: AuditFilter & { offset: number; limit: number },
): { total: number; rows: AuditEvent[]; actions: string[] } {
  const where = sqlJoin(
    [
      sql`1 = 1`,
      ...(actorId === null ? [] : [sql`actor_id = ${actorId}`]),
      ...(action === null ? [] : [sql`action = ${action}`]),
      ...(recordId === null ? [] : [sql`record_id = ${recordId}`]),
      ...(from === null ? [] : [sql`at >= ${from}`]),
      ...(until === null ? [] : [sql`at < ${until}`]),
    ],
    ' AND ',
  );
  const rows = all(db, sql`SELECT * FROM audit_event WHERE ${where} ORDER BY seq DESC LIMIT ${limit} OFFSET ${offset}`, listedRow);
  const total = get(db, sql`SELECT count(*) AS total FROM audit_event WHERE ${where}`, z.object({ total: z.number() }))?.total ?? 0;
  const actions = all(db, sql`SELECT DISTINCT action FROM audit_event ORDER BY action`, z.object({ action: z.string() }));
  return { total, rows, actions: actions.map((row) => row.action) };
}

/** When the newest thing was done, by the clocks of the computers it was done on; UTC ms, 0 in an empty log. */
export function lastAuditInstant(db: ReadableDatabase): number {
  return get(db, sql`SELECT coalesce(max(at), 0) AS at FROM audit_event`, z.object({ at: z.number() }))?.at ?? 0;
}

/** Recomputes the whole chain. */
export function verifyAuditChain(db: ReadableDatabase): AuditChain {
  let head = GENESIS;
  let events = 0;
  for (const row of db.prepare('SELECT * FROM audit_event ORDER BY seq').iterate()) {
    const parsed = eventSchema.safeParse(row);
    if (!parsed.success) return { ok: false, events, brokenAtSeq: events + 1, head };
    const { hash, ...event } = parsed.data;
    if (event.seq !== events + 1 || event.previous_hash !== head || hashOf(event) !== hash) {
      return { ok: false, events, brokenAtSeq: events + 1, head };
    }
    head = hash;
    events++;
  }
  return { ok: true, events, brokenAtSeq: null, head };
}

/** SHA-256 over a JSON array in a fixed order: no two events have the same text. */
function hashOf(event: EventRow): string {
  const { seq, id, site_id, at, actor_id, action, record_type, record_id, details, previous_hash } = event;
  return createHash('sha256')
    .update(JSON.stringify([seq, id, site_id, at, actor_id, action, record_type, record_id, details, previous_hash]))
    .digest('hex');
}
