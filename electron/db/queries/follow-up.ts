import { z } from 'zod';
import {
  CALL_BACK_ENDS,
  CALL_BACK_REASONS,
  CONTACT_RESULTS,
  CONTACT_SUBJECTS,
  CONTACT_WAYS,
  REFERRAL_EVENTS,
  REFERRAL_SOURCES,
  type CallBackEnd,
  type CallBackReason,
  type ContactResult,
  type ContactSubject,
  type ContactWay,
  type ReferralEventCode,
  type ReferralSource,
} from '../../shared/domain/patients';
import type { Day } from '../../shared/clinical/days';
import { newId } from '../ids';
import { bytes, flag } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface Referral {
  id: string;
  patientId: string;
  encounterId: string;
  /** null: any eye doctor. */
  hospitalId: string | null;
  urgent: boolean;
  dueDay: Day;
  /** Since when the patient is to see a doctor with this urgency: another hospital named later does not begin it anew. */
  referredAt: number;
}

const referralRow = z
  .object({
    id: z.string(),
    patient_id: z.string(),
    encounter_id: z.string(),
    hospital_id: z.string().nullable(),
    urgent: flag,
    due_day: z.string(),
    referred_at: z.number(),
  })
  .transform((row): Referral => ({
    id: row.id,
    patientId: row.patient_id,
    encounterId: row.encounter_id,
    hospitalId: row.hospital_id,
    urgent: row.urgent,
    dueDay: row.due_day,
    referredAt: row.referred_at,
  }));

const referralColumns = sql`r.id, r.patient_id, r.encounter_id, r.hospital_id, r.urgent, r.due_day,
  (SELECT min(f.created_at) FROM referral f WHERE f.patient_id = r.patient_id AND f.encounter_id = r.encounter_id AND f.urgent = r.urgent) AS referred_at`;

/** The referral in force of an encounter. */
export function currentReferral(db: ReadableDatabase, encounterId: string): Referral | undefined {
  return get(db, sql`SELECT ${referralColumns} FROM referral_current r WHERE r.encounter_id = ${encounterId}`, referralRow);
}

/** Adds a referral that takes the place of the encounter's one before; the same again adds nothing. */
export function recordReferral(
  db: WritableDatabase,
  referral: Omit<Referral, 'id' | 'referredAt'> & { siteId: string; actorId: string },
): Referral {
  return transaction(db, () => {
    const before = currentReferral(db, referral.encounterId);
    const same = (['hospitalId', 'urgent', 'dueDay'] as const).every((key) => before?.[key] === referral[key]);
    if (before !== undefined && same) return before;
    run(
      db,
      sql`INSERT INTO referral (id, site_id, patient_id, encounter_id, hospital_id, urgent, due_day, actor_id, supersedes_id, created_at)
          VALUES (${newId()}, ${referral.siteId}, ${referral.patientId}, ${referral.encounterId}, ${referral.hospitalId}, ${referral.urgent},
            ${referral.dueDay}, ${referral.actorId}, ${before?.id ?? null}, ${Date.now()})`,
    );
    const added = currentReferral(db, referral.encounterId);
    if (added === undefined) throw new Error('the referral that was just stored is not there');
    return added;
  });
}

/**
 * Referrals that still hold, soonest due first: one that a doctor's "no referral" has overtaken does not. Of everybody: who may be contacted or named to a
 * hospital is for the caller to join (`patient_may_contact`, `patient_may_share`).
 */
export function listReferrals(db: ReadableDatabase, whose: 'everybody' | 'may-contact' | 'may-share'): Referral[] {
  const consent =
    whose === 'everybody'
      ? sql`1`
      : whose === 'may-contact'
        ? sql`r.patient_id IN (SELECT patient_id FROM patient_may_contact)`
        : sql`r.patient_id IN (SELECT patient_id FROM patient_may_share)`;
  return all(
    db,
    sql`SELECT ${referralColumns} FROM referral_current r
        WHERE ${consent} AND NOT EXISTS (
          SELECT 1 FROM outcome_current o WHERE o.encounter_id = r.encounter_id AND o.level = 'patient' AND o.source = 'doctor' AND o.result = 'no-refer'
        )
        ORDER BY r.urgent DESC, r.due_day, r.seq`,
    referralRow,
  );
}

export interface ReferralEvent {
  encounterId: string;
  what: ReferralEventCode;
  day: Day;
  source: ReferralSource;
  actorId: string;
  createdAt: number;
}

const eventRow = z
  .object({
    encounter_id: z.string(),
    what: z.enum(REFERRAL_EVENTS),
    day: z.string(),
    source: z.enum(REFERRAL_SOURCES),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform((row): ReferralEvent => ({
    encounterId: row.encounter_id,
    what: row.what,
    day: row.day,
    source: row.source,
    actorId: row.actor_id,
    createdAt: row.created_at,
  }));

export function addReferralEvent(db: WritableDatabase, event: Omit<ReferralEvent, 'createdAt'> & { siteId: string }): void {
  run(
    db,
    sql`INSERT INTO referral_event (id, site_id, encounter_id, what, day, source, actor_id, created_at)
        VALUES (${newId()}, ${event.siteId}, ${event.encounterId}, ${event.what}, ${event.day}, ${event.source}, ${event.actorId}, ${Date.now()})`,
  );
}

/** In the order they were noted. */
export function listReferralEvents(db: ReadableDatabase): ReferralEvent[] {
  return all(db, sql`SELECT * FROM referral_event ORDER BY seq`, eventRow);
}

export interface RescreenDue {
  patientId: string;
  encounterId: string;
  dueDay: Day;
}

/** Says when to come again after an encounter; null takes it back. The same day again adds nothing. */
export function recordRescreen(
  db: WritableDatabase,
  due: { siteId: string; patientId: string; encounterId: string; dueDay: Day | null; actorId: string },
): void {
  transaction(db, () => {
    const before = rescreenDay(db, due.encounterId);
    if (before === due.dueDay) return;
    run(
      db,
      sql`INSERT INTO rescreen_due (id, site_id, patient_id, encounter_id, due_day, actor_id, created_at)
          VALUES (${newId()}, ${due.siteId}, ${due.patientId}, ${due.encounterId}, ${due.dueDay}, ${due.actorId}, ${Date.now()})`,
    );
  });
}

/** When to come again after this encounter; null where nothing was said. */
export function rescreenDay(db: ReadableDatabase, encounterId: string): Day | null {
  const row = get(
    db,
    sql`SELECT due_day FROM rescreen_due WHERE encounter_id = ${encounterId} ORDER BY seq DESC LIMIT 1`,
    z.object({ due_day: z.string().nullable() }),
  );
  return row?.due_day ?? null;
}

const rescreenRow = z
  .object({ patient_id: z.string(), encounter_id: z.string(), due_day: z.string() })
  .transform((row): RescreenDue => ({ patientId: row.patient_id, encounterId: row.encounter_id, dueDay: row.due_day }));

/** Who is to come again, soonest first: the newest word of each encounter, of patients who allowed to be contacted. */
export function listRescreens(db: ReadableDatabase): RescreenDue[] {
  return all(
    db,
    sql`SELECT d.patient_id, d.encounter_id, d.due_day FROM rescreen_due d
        WHERE d.due_day IS NOT NULL AND d.seq = (SELECT max(seq) FROM rescreen_due n WHERE n.encounter_id = d.encounter_id)
          AND d.patient_id IN (SELECT patient_id FROM patient_may_contact)
        ORDER BY d.due_day, d.seq`,
    rescreenRow,
  );
}

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

export interface ContactAttempt {
  id: string;
  patientId: string;
  subject: ContactSubject;
  subjectId: string;
  way: ContactWay;
  result: ContactResult;
  /** Sealed under the patient's key. */
  note: Uint8Array | null;
  actorId: string;
  createdAt: number;
}

const attemptRow = z
  .object({
    id: z.string(),
    patient_id: z.string(),
    subject: z.enum(CONTACT_SUBJECTS),
    subject_id: z.string(),
    way: z.enum(CONTACT_WAYS),
    result: z.enum(CONTACT_RESULTS),
    note: bytes.nullable(),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform((row): ContactAttempt => ({
    id: row.id,
    patientId: row.patient_id,
    subject: row.subject,
    subjectId: row.subject_id,
    way: row.way,
    result: row.result,
    note: row.note,
    actorId: row.actor_id,
    createdAt: row.created_at,
  }));

export function addContactAttempt(db: WritableDatabase, attempt: Omit<ContactAttempt, 'id' | 'createdAt'> & { siteId: string }): void {
  run(
    db,
    sql`INSERT INTO contact_attempt (id, site_id, patient_id, subject, subject_id, way, result, note, actor_id, created_at)
        VALUES (${newId()}, ${attempt.siteId}, ${attempt.patientId}, ${attempt.subject}, ${attempt.subjectId}, ${attempt.way},
          ${attempt.result}, ${attempt.note}, ${attempt.actorId}, ${Date.now()})`,
  );
}

/** About one kind of thing, newest first. */
export function listContactAttempts(db: ReadableDatabase, subject: ContactSubject): ContactAttempt[] {
  return all(db, sql`SELECT * FROM contact_attempt WHERE subject = ${subject} ORDER BY seq DESC`, attemptRow);
}

/** With these patients, newest first. */
export function listPatientContacts(db: ReadableDatabase, patientIds: readonly string[]): ContactAttempt[] {
  return all(
    db,
    sql`SELECT * FROM contact_attempt WHERE patient_id IN (SELECT value FROM json_each(${JSON.stringify(patientIds)})) ORDER BY seq DESC`,
    attemptRow,
  );
}
