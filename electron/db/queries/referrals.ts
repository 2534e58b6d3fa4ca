import { z } from 'zod';
import { REFERRAL_EVENTS, REFERRAL_SOURCES, type ReferralEventCode, type ReferralSource } from '../../shared/domain/patients';
import type { Day } from '../../shared/clinical/days';
import { newId } from '../ids';
import { flag } from '../rows';
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
