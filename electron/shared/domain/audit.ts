/** One line of the audit log. */
export interface AuditEvent {
  seq: number;
  at: number;
  actorId: string;
  action: string;
  recordType: string;
  recordId: string;
  /** JSON. */
  details: string;
  /** Hex. */
  previousHash: string;
  hash: string;
}

export interface AuditRow extends AuditEvent {
  /** Of the account; null for ids that are none. */
  actorName: string | null;
}

/** null: any. */
export interface AuditFilter {
  actorId: string | null;
  action: string | null;
  recordId: string | null;
  /** UTC milliseconds; the end is excluded. */
  from: number | null;
  until: number | null;
}

export interface AuditChain {
  /** True when every event is there, in order, and as it was written. */
  ok: boolean;
  events: number;
  /** The first place where an event is missing or differs. */
  brokenAtSeq: number | null;
  /** Hash of the last sound event: printed or carried away, it also proves later that no event was cut off the end. */
  head: string;
}
