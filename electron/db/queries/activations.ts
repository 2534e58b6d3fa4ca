import { z } from 'zod';
import type { PatientResult } from '../../shared/domain/codes';
import { PATIENT_RESULTS } from '../../shared/domain/codes';
import { newId } from '../ids';
import { flag } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface Activation {
  id: string;
  modelId: string;
  promotionId: string;
  /** False: in use, but only as "not validated here". */
  validated: boolean;
  actorId: string;
  at: number;
  /** When it was taken back; null while it stands. */
  rolledBackAt: number | null;
}

const activationRow = z
  .object({
    id: z.string(),
    model_id: z.string(),
    promotion_id: z.string(),
    validated: flag,
    actor_id: z.string(),
    created_at: z.number(),
    rolled_back_at: z.number().nullable(),
  })
  .transform((row): Activation => ({
    id: row.id,
    modelId: row.model_id,
    promotionId: row.promotion_id,
    validated: row.validated,
    actorId: row.actor_id,
    at: row.created_at,
    rolledBackAt: row.rolled_back_at,
  }));

const activations = sql`SELECT a.id, a.model_id, a.promotion_id, a.validated, a.actor_id, a.created_at, r.created_at AS rolled_back_at
  FROM model_activation a LEFT JOIN model_rollback r ON r.activation_id = a.id`;

/** Puts a model to use. @throws SqliteError (constraint) unless that promotion's verdict on that model says so */
export function addActivation(
  db: WritableDatabase,
  {
    siteId,
    promotionId,
    modelId,
    validated,
    actorId,
  }: Pick<Activation, 'promotionId' | 'modelId' | 'validated' | 'actorId'> & { siteId: string },
): void {
  run(
    db,
    sql`INSERT INTO model_activation (id, site_id, promotion_id, model_id, validated, actor_id, created_at)
        VALUES (${newId()}, ${siteId}, ${promotionId}, ${modelId}, ${validated}, ${actorId}, ${Date.now()})`,
  );
}

/** The newest activation that was not taken back; undefined: the model shipped with the program is in use. */
export function currentActivation(db: ReadableDatabase): Activation | undefined {
  return get(db, sql`${activations} WHERE r.id IS NULL ORDER BY a.seq DESC LIMIT 1`, activationRow);
}

/** Oldest first. */
export function listActivations(db: ReadableDatabase): Activation[] {
  return all(db, sql`${activations} ORDER BY a.seq`, activationRow);
}

/**
 * Takes an activation back and puts every "no referral" that its model issued on the recall list: whatever is in force, and what
 * only another model's score has superseded, for the patient went home on it. Where the same model took it back itself (another photograph came), or
 * a person decided, nobody was sent home on it, or has been seen since. @returns the rollback's id
 */
export function addRollback(
  db: WritableDatabase,
  { siteId, activation, actorId }: { siteId: string; activation: Activation; actorId: string },
): string {
  const id = newId();
  run(
    db,
    sql`INSERT INTO model_rollback (id, site_id, activation_id, actor_id, created_at)
        VALUES (${id}, ${siteId}, ${activation.id}, ${actorId}, ${Date.now()})`,
  );
  run(
    db,
    sql`INSERT INTO recall (rollback_id, outcome_id)
        SELECT ${id}, o.id FROM outcome o
        LEFT JOIN outcome later ON later.supersedes_id = o.id
        WHERE o.level = 'patient' AND o.result = 'no-refer' AND o.source = 'ai' AND json_extract(o.basis, '$.modelId') = ${activation.modelId}
          AND (later.id IS NULL OR (later.source = 'ai' AND json_extract(later.basis, '$.modelId') IS NOT ${activation.modelId}))
          -- A person who decided later in the same run or encounter has seen the patient.
          AND NOT EXISTS (
            SELECT 1 FROM outcome_current now
            WHERE now.patient_id = o.patient_id AND now.level = 'patient' AND now.source <> 'ai'
              AND now.run_id IS o.run_id AND now.encounter_id IS o.encounter_id
          )`,
  );
  return id;
}

export interface Recalled {
  rollbackId: string;
  outcomeId: string;
  /** Where it was concluded: in a folder run or in an encounter. */
  runId: string | null;
  encounterId: string | null;
  patientId: string;
  shortId: string;
  /** When the patient was sent home. */
  at: number;
  /** What the model now in use says; null while it has not looked. */
  rescored: { modelId: string; result: PatientResult; urgent: boolean } | null;
}

const recalledRow = z
  .object({
    rollback_id: z.string(),
    outcome_id: z.string(),
    run_id: z.string().nullable(),
    encounter_id: z.string().nullable(),
    patient_id: z.string(),
    short_id: z.string(),
    at: z.number(),
    model_id: z.string().nullable(),
    result: z.enum(PATIENT_RESULTS).nullable(),
    urgent: flag.nullable(),
  })
  .transform((row): Recalled => ({
    rollbackId: row.rollback_id,
    outcomeId: row.outcome_id,
    runId: row.run_id,
    encounterId: row.encounter_id,
    patientId: row.patient_id,
    shortId: row.short_id,
    at: row.at,
    rescored:
      row.model_id === null || row.result === null || row.urgent === null
        ? null
        : { modelId: row.model_id, result: row.result, urgent: row.urgent },
  }));

/** Everybody on the recall list, of every rollback. */
export function listRecalled(db: ReadableDatabase): Recalled[] {
  return all(
    db,
    sql`SELECT c.rollback_id, c.outcome_id, o.run_id, o.encounter_id, o.patient_id, p.short_id, o.created_at AS at, s.model_id, s.result, s.urgent
        FROM recall c JOIN outcome o ON o.id = c.outcome_id JOIN patient p ON p.id = o.patient_id
        LEFT JOIN recall_rescore s ON s.rollback_id = c.rollback_id AND s.outcome_id = c.outcome_id
        ORDER BY o.seq`,
    recalledRow,
  );
}

export function addRescore(
  db: WritableDatabase,
  {
    siteId,
    recalled,
    modelId,
    result,
    urgent,
  }: { siteId: string; recalled: Recalled; modelId: string; result: PatientResult; urgent: boolean },
): void {
  run(
    db,
    sql`INSERT INTO recall_rescore (id, site_id, rollback_id, outcome_id, model_id, result, urgent, created_at)
        VALUES (${newId()}, ${siteId}, ${recalled.rollbackId}, ${recalled.outcomeId}, ${modelId}, ${result}, ${urgent}, ${Date.now()})`,
  );
}
