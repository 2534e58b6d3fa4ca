import type { Eye } from '../../shared/domain/codes';
import { newId } from '../ids';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';
import { type NewOutcome, type Outcome, outcomeRow, saysTheSame } from './outcomes';

/** What was concluded in an encounter of an eye, or of the patient (`eye` null). */
export interface NewEncounterOutcome extends Omit<NewOutcome, 'runId' | 'encounterId' | 'subject'> {
  encounterId: string;
  patientId: string;
  eye: Eye | null;
  /** Something was put right: a new outcome, even where it says the same. What was printed of the one before is void with that. */
  anew?: boolean;
}

/** Adds an outcome that takes the place of the one in force for the same eye or patient of the same encounter; the same again adds nothing, unless `anew`. */
export function recordEncounterOutcome(db: WritableDatabase, outcome: NewEncounterOutcome): Outcome {
  return transaction(db, () => {
    const before = encounterOutcome(db, outcome.encounterId, outcome.eye);
    if (before && outcome.anew !== true && saysTheSame(before, outcome)) return before;
    run(
      db,
      sql`INSERT INTO outcome (id, site_id, run_id, encounter_id, level, patient_id, image_id, eye, source, actor_id, result, urgent,
            reasons, basis, supersedes_id, created_at)
          VALUES (${newId()}, ${outcome.siteId}, NULL, ${outcome.encounterId}, ${outcome.eye === null ? 'patient' : 'eye'}, ${outcome.patientId},
            NULL, ${outcome.eye}, ${outcome.source}, ${outcome.actorId}, ${outcome.result}, ${outcome.urgent},
            ${JSON.stringify(outcome.reasons)}, ${JSON.stringify(outcome.basis)}, ${before?.id ?? null}, ${Date.now()})`,
    );
    const added = encounterOutcome(db, outcome.encounterId, outcome.eye);
    if (!added) throw new Error('the outcome that was just stored is not there');
    return added;
  });
}

/** The outcome in force of an eye, or of the patient (`eye` null), in this encounter. */
export function encounterOutcome(db: ReadableDatabase, encounterId: string, eye: Eye | null): Outcome | undefined {
  return get(
    db,
    sql`SELECT * FROM outcome_current
        WHERE encounter_id = ${encounterId} AND run_id IS NULL AND +level = ${eye === null ? 'patient' : 'eye'} AND eye IS ${eye}`,
    outcomeRow,
  );
}

/** Every outcome of the patient in this encounter, oldest first: what was said before stays in sight. */
export function encounterOutcomeHistory(db: ReadableDatabase, encounterId: string): Outcome[] {
  return all(
    db,
    sql`SELECT * FROM outcome WHERE encounter_id = ${encounterId} AND run_id IS NULL AND +level = 'patient' ORDER BY seq`,
    outcomeRow,
  );
}
