import { z } from 'zod';
import { CALL_BACK_ENDS, CALL_BACK_REASONS, type CallBackEnd, type CallBackReason } from '../../shared/domain/patients';
import type { Day } from '../../shared/clinical/days';
import { newId } from '../ids';
import { flag } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface CallBack {
  id: string;
  patientId: string;
  encounterId: string | null;
  outcomeId: string | null;
  reason: CallBackReason;
  urgent: boolean;
  dueDay: Day;
  createdAt: number;
  /** null: on the list. */
  closed: { how: CallBackEnd; actorId: string; at: number } | null;
}

const callBackRow = z
  .object({
    id: z.string(),
    patient_id: z.string(),
    encounter_id: z.string().nullable(),
    outcome_id: z.string().nullable(),
    reason: z.enum(CALL_BACK_REASONS),
    urgent: flag,
    due_day: z.string(),
    created_at: z.number(),
    how: z.enum(CALL_BACK_ENDS).nullable(),
    closed_by: z.string().nullable(),
    closed_at: z.number().nullable(),
  })
  .transform((row): CallBack => ({
    id: row.id,
    patientId: row.patient_id,
    encounterId: row.encounter_id,
    outcomeId: row.outcome_id,
    reason: row.reason,
    urgent: row.urgent,
    dueDay: row.due_day,
    createdAt: row.created_at,
    closed:
      row.how === null || row.closed_by === null || row.closed_at === null
        ? null
        : { how: row.how, actorId: row.closed_by, at: row.closed_at },
  }));

const callBacks = sql`SELECT c.*, e.how, e.actor_id AS closed_by, e.created_at AS closed_at
  FROM call_back c LEFT JOIN call_back_closure e ON e.call_back_id = c.id`;

export function addCallBack(
  db: WritableDatabase,
  callBack: Omit<CallBack, 'id' | 'createdAt' | 'closed'> & { siteId: string; actorId: string },
): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO call_back (id, site_id, patient_id, encounter_id, outcome_id, reason, urgent, due_day, actor_id, created_at)
        VALUES (${id}, ${callBack.siteId}, ${callBack.patientId}, ${callBack.encounterId}, ${callBack.outcomeId}, ${callBack.reason},
          ${callBack.urgent}, ${callBack.dueDay}, ${callBack.actorId}, ${Date.now()})`,
  );
  return id;
}

export function getCallBack(db: ReadableDatabase, callBackId: string): CallBack | undefined {
  return get(db, sql`${callBacks} WHERE c.id = ${callBackId}`, callBackRow);
}

/** Not reached yet, of everybody (it is care, not recall: no consent is asked), the most urgent and soonest due first. */
export function listOpenCallBacks(db: ReadableDatabase): CallBack[] {
  return all(db, sql`${callBacks} WHERE e.how IS NULL ORDER BY c.urgent DESC, c.due_day, c.seq`, callBackRow);
}

/** All of these patients, newest first. */
export function listCallBacks(db: ReadableDatabase, patientIds: readonly string[]): CallBack[] {
  return all(
    db,
    sql`${callBacks} WHERE c.patient_id IN (SELECT value FROM json_each(${JSON.stringify(patientIds)})) ORDER BY c.seq DESC`,
    callBackRow,
  );
}

export function addCallBackClosure(
  db: WritableDatabase,
  closure: { siteId: string; callBackId: string; how: CallBackEnd; actorId: string },
): void {
  run(
    db,
    sql`INSERT INTO call_back_closure (id, site_id, call_back_id, how, actor_id, created_at)
        VALUES (${newId()}, ${closure.siteId}, ${closure.callBackId}, ${closure.how}, ${closure.actorId}, ${Date.now()})`,
  );
}
