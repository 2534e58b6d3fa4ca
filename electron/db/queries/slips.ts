import { z } from 'zod';
import { ADVICE } from '../../shared/clinical/advice';
import { PAPER_KINDS, type Paper, type PaperKind, VOID_REASONS, type VoidReason } from '../../shared/domain/papers';
import { PATIENT_LANGUAGES } from '../../shared/domain/patients';
import { newId } from '../ids';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

const slipRow = z
  .object({
    id: z.string(),
    kind: z.enum(PAPER_KINDS),
    number: z.number(),
    version: z.number(),
    encounter_id: z.string(),
    patient_id: z.string(),
    outcome_id: z.string(),
    advice: z.enum(ADVICE),
    day: z.string().nullable(),
    hospital_id: z.string().nullable(),
    language: z.enum(PATIENT_LANGUAGES),
    void: z.enum(VOID_REASONS).nullable(),
    given_at: z.number().nullable(),
    created_at: z.number(),
  })
  .transform((row): Paper => ({
    id: row.id,
    kind: row.kind,
    encounterId: row.encounter_id,
    patientId: row.patient_id,
    number: row.number,
    version: row.version,
    outcomeId: row.outcome_id,
    advice: row.advice,
    day: row.day,
    hospitalId: row.hospital_id,
    language: row.language,
    void: row.void,
    givenAt: row.given_at,
    createdAt: row.created_at,
  }));

export type NewPaper = Pick<Paper, 'kind' | 'encounterId' | 'patientId' | 'outcomeId' | 'advice' | 'day' | 'hospitalId' | 'language'> & {
  siteId: string;
  actorId: string;
};

/** Adds the next version of this kind of paper of the encounter; the first one takes the site's next number. In the caller's transaction. */
export function addSlip(db: WritableDatabase, paper: NewPaper): Paper {
  const before = currentSlip(db, paper.encounterId, paper.kind);
  const number = before?.number ?? lastNumber(db, paper.siteId) + 1;
  run(
    db,
    sql`INSERT INTO slip (id, site_id, kind, number, version, encounter_id, patient_id, outcome_id, advice, day, hospital_id, language,
          actor_id, created_at)
        VALUES (${newId()}, ${paper.siteId}, ${paper.kind}, ${number}, ${(before?.version ?? 0) + 1}, ${paper.encounterId}, ${paper.patientId},
          ${paper.outcomeId}, ${paper.advice}, ${paper.day}, ${paper.hospitalId}, ${paper.language}, ${paper.actorId}, ${Date.now()})`,
  );
  const added = currentSlip(db, paper.encounterId, paper.kind);
  if (added === undefined) throw new Error('the slip that was just stored is not there');
  return added;
}

/** The newest version of a kind of paper, void or not. */
export function currentSlip(db: ReadableDatabase, encounterId: string, kind: PaperKind): Paper | undefined {
  return get(db, sql`SELECT * FROM slip_current WHERE encounter_id = ${encounterId} AND kind = ${kind}`, slipRow);
}

/** Every version of every kind of paper of an encounter, oldest first. */
export function listSlips(db: ReadableDatabase, encounterId: string): Paper[] {
  return all(db, sql`SELECT * FROM slip_state WHERE encounter_id = ${encounterId} ORDER BY seq`, slipRow);
}

export function addSlipPrint(
  db: WritableDatabase,
  print: { siteId: string; slipId: string; way: 'printed' | 'saved'; actorId: string },
): void {
  run(
    db,
    sql`INSERT INTO slip_print (id, site_id, slip_id, way, actor_id, created_at)
        VALUES (${newId()}, ${print.siteId}, ${print.slipId}, ${print.way}, ${print.actorId}, ${Date.now()})`,
  );
}

/** Voids every paper of an encounter that still holds. @returns how many that were */
export function voidSlips(
  db: WritableDatabase,
  act: { siteId: string; encounterId: string; reason: Exclude<VoidReason, 'superseded'>; actorId: string },
): number {
  const holding = listSlips(db, act.encounterId).filter((paper) => paper.void === null);
  for (const paper of holding) {
    run(
      db,
      sql`INSERT INTO slip_void (id, site_id, slip_id, reason, actor_id, created_at)
          VALUES (${newId()}, ${act.siteId}, ${paper.id}, ${act.reason}, ${act.actorId}, ${Date.now()})`,
    );
  }
  return holding.length;
}

function lastNumber(db: ReadableDatabase, siteId: string): number {
  const row = get(db, sql`SELECT max(number) AS last FROM slip WHERE site_id = ${siteId}`, z.object({ last: z.number().nullable() }));
  return row?.last ?? 0;
}
