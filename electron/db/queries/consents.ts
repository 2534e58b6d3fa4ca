import { z } from 'zod';
import { CONSENT_GIVERS, CONSENT_WAYS, type ConsentAnswers, type ConsentGiver, type ConsentWay } from '../../shared/domain/patients';
import { newId } from '../ids';
import { flag } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type SqlQuery, type WritableDatabase } from '../sql';

export interface Consent {
  id: string;
  patientId: string;
  answers: ConsentAnswers;
  withdrawal: boolean;
  noticeVersion: string;
  language: string;
  how: ConsentWay;
  givenBy: ConsentGiver;
  actorId: string;
  createdAt: number;
}
export type NewConsent = Omit<Consent, 'id' | 'createdAt'> & { siteId: string };

const columns: SqlQuery = sql`c.id, c.patient_id, c.screening, c.contact, c.sharing, c.training, c.withdrawal, c.notice_version, c.language, c.how,
  c.given_by, c.actor_id, c.created_at`;

const consentRow = z
  .object({
    id: z.string(),
    patient_id: z.string(),
    screening: flag,
    contact: flag,
    sharing: flag,
    training: flag,
    withdrawal: flag,
    notice_version: z.string(),
    language: z.string(),
    how: z.enum(CONSENT_WAYS),
    given_by: z.enum(CONSENT_GIVERS),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform(({ screening, contact, sharing, training, ...row }): Consent => ({
    id: row.id,
    patientId: row.patient_id,
    answers: { screening, contact, sharing, training },
    withdrawal: row.withdrawal,
    noticeVersion: row.notice_version,
    language: row.language,
    how: row.how,
    givenBy: row.given_by,
    actorId: row.actor_id,
    createdAt: row.created_at,
  }));

export function addConsent(db: WritableDatabase, consent: NewConsent): void {
  const { screening, contact, sharing, training } = consent.answers;
  run(
    db,
    sql`INSERT INTO consent (id, site_id, patient_id, screening, contact, sharing, training, withdrawal, notice_version, language, how, given_by,
          actor_id, created_at)
        VALUES (${newId()}, ${consent.siteId}, ${consent.patientId}, ${screening}, ${contact}, ${sharing}, ${training}, ${consent.withdrawal},
          ${consent.noticeVersion}, ${consent.language}, ${consent.how}, ${consent.givenBy}, ${consent.actorId}, ${Date.now()})`,
  );
}

/** The newest of a person's answers, given under any of the rows that are this person; undefined: never asked. */
export function currentConsent(db: ReadableDatabase, patientIds: readonly string[]): Consent | undefined {
  return get(
    db,
    sql`SELECT ${columns} FROM consent c WHERE c.patient_id IN (SELECT value FROM json_each(${JSON.stringify(patientIds)}))
        ORDER BY c.seq DESC LIMIT 1`,
    consentRow,
  );
}

/** Everything that was ever answered or withdrawn, newest first. */
export function listConsents(db: ReadableDatabase, patientIds: readonly string[]): Consent[] {
  return all(
    db,
    sql`SELECT ${columns} FROM consent c WHERE c.patient_id IN (SELECT value FROM json_each(${JSON.stringify(patientIds)}))
        ORDER BY c.seq DESC`,
    consentRow,
  );
}
