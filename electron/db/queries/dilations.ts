import { z } from 'zod';
import { DILATION_CHECKS, type DilationChecklist } from '../../shared/clinical/coaching';
import { newId } from '../ids';
import { flag, json } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** A doctor's order that lets technicians give drops. */
export interface StandingOrder {
  id: string;
  doctorId: string;
  drug: string;
  strength: string;
  /** UTC milliseconds: not in force from then on. */
  validUntil: number;
  createdAt: number;
}

const orderRow = z
  .object({
    id: z.string(),
    doctor_id: z.string(),
    drug: z.string(),
    strength: z.string(),
    valid_until: z.number(),
    created_at: z.number(),
  })
  .transform((row): StandingOrder => ({
    id: row.id,
    doctorId: row.doctor_id,
    drug: row.drug,
    strength: row.strength,
    validUntil: row.valid_until,
    createdAt: row.created_at,
  }));

/** Orders that are neither withdrawn nor run out, newest first. */
export function listStandingOrders(db: ReadableDatabase, now: number): StandingOrder[] {
  return all(
    db,
    sql`SELECT * FROM standing_order o
        WHERE o.valid_until > ${now} AND NOT EXISTS (SELECT 1 FROM standing_order_withdrawal w WHERE w.order_id = o.id)
        ORDER BY o.seq DESC`,
    orderRow,
  );
}

/** @returns the order's id */
export function addStandingOrder(
  db: WritableDatabase,
  order: { siteId: string; doctorId: string; drug: string; strength: string; validUntil: number },
): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO standing_order (id, site_id, doctor_id, drug, strength, valid_until, created_at)
        VALUES (${id}, ${order.siteId}, ${order.doctorId}, ${order.drug}, ${order.strength}, ${order.validUntil}, ${Date.now()})`,
  );
  return id;
}

/** @throws SqliteError (constraint) when there is no such order or it was withdrawn before */
export function withdrawStandingOrder(db: WritableDatabase, withdrawal: { siteId: string; orderId: string; actorId: string }): void {
  run(
    db,
    sql`INSERT INTO standing_order_withdrawal (id, site_id, order_id, actor_id, created_at)
        VALUES (${newId()}, ${withdrawal.siteId}, ${withdrawal.orderId}, ${withdrawal.actorId}, ${Date.now()})`,
  );
}

/** Drops asked about in an encounter: given, or forbidden by an answer. */
export interface Dilation {
  id: string;
  orderId: string;
  drug: string;
  strength: string;
  checklist: DilationChecklist;
  given: boolean;
  batch: string | null;
  actorId: string;
  createdAt: number;
}

const dilationRow = z
  .object({
    id: z.string(),
    order_id: z.string(),
    drug: z.string(),
    strength: z.string(),
    checklist: json(z.record(z.enum(DILATION_CHECKS), z.boolean())),
    given: flag,
    batch: z.string().nullable(),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform(({ order_id, actor_id, created_at, ...row }): Dilation => ({
    ...row,
    orderId: order_id,
    actorId: actor_id,
    createdAt: created_at,
  }));

/** The last time drops were asked about in this encounter. */
export function lastDilation(db: ReadableDatabase, encounterId: string): Dilation | undefined {
  return get(
    db,
    sql`SELECT d.id, d.order_id, o.drug, o.strength, d.checklist, d.given, d.batch, d.actor_id, d.created_at
        FROM dilation d JOIN standing_order o ON o.id = d.order_id
        WHERE d.encounter_id = ${encounterId} ORDER BY d.seq DESC LIMIT 1`,
    dilationRow,
  );
}

export function addDilation(
  db: WritableDatabase,
  dilation: {
    siteId: string;
    encounterId: string;
    orderId: string;
    checklist: DilationChecklist;
    given: boolean;
    batch: string | null;
    actorId: string;
  },
): void {
  run(
    db,
    sql`INSERT INTO dilation (id, site_id, encounter_id, order_id, checklist, given, batch, actor_id, created_at)
        VALUES (${newId()}, ${dilation.siteId}, ${dilation.encounterId}, ${dilation.orderId}, ${JSON.stringify(dilation.checklist)},
          ${dilation.given}, ${dilation.batch}, ${dilation.actorId}, ${Date.now()})`,
  );
}
