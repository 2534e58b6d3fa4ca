import { encounterIntake } from '../../db/queries/intakes';
import { encounterOutcome } from '../../db/queries/encounter-outcomes';
import type { Outcome } from '../../db/queries/outcomes';
import { getOwnSite } from '../../db/queries/sites';
import { get, type ReadableDatabase, sql } from '../../db/sql';
import { type Advice, adviceFor } from '../../shared/clinical/advice';
import { retakePossible } from '../../shared/clinical/coaching';
import { addToDay, type Day, siteDay } from '../../shared/clinical/days';
import { aiReferBy, aiRescreenBy, guidelineTable } from '../../shared/clinical/guideline';
import { PATIENT_RESULTS, type PatientResult } from '../../shared/domain/codes';
import { z } from 'zod';
import { readCase } from '../encounter/encounter-case';
import { adviceSite } from '../encounter/site-facts';

/** A doctor has read the photographs by then (our judgement, a camp's promise). */
const READ_WITHIN_DAYS = 7;

/** What the patient of an encounter is told, on screen and on paper alike. */
export interface EncounterAdvice {
  /** The one in force. */
  outcome: Outcome;
  code: Advice;
  /** Of "by <date>", "in <month>" and "you will hear by <date>"; null for the others. */
  day: Day | null;
}

/**
 * The advice that follows from the outcome in force: a doctor's word, or the model's where it may refer. Days that were promised (a referral, a
 * recall) are kept; what is not promised yet is counted from the day of the examination by the site's guideline.
 *
 * @returns null while nothing has been concluded
 */
export function encounterAdvice(db: ReadableDatabase, encounterId: string): EncounterAdvice | null {
  const outcome = encounterOutcome(db, encounterId, null);
  if (outcome === undefined) return null;
  const result = patientResult(outcome);
  const code = codeOf(db, encounterId, outcome, result);
  return { outcome, code, day: dayOf(db, encounterId, code) };
}

function codeOf(db: ReadableDatabase, encounterId: string, outcome: Outcome, result: PatientResult): Advice {
  const { urgent, source } = outcome;
  // A doctor has seen the photographs: nobody waits for a read or a better photograph any more.
  if (source === 'doctor') {
    if (result === 'no-refer') return 'come-again';
    return result === 'refer' ? adviceFor({ result, urgent }, { siteMode: 'doctor-reads-all', validatedHere: false }) : 'could-not-see';
  }
  // What was not scored because the patient said no is complete, and waits for a doctor alone.
  const unscored = outcome.reasons.length > 0 && outcome.reasons.every((reason) => reason === 'not-scored' || reason === 'below-threshold');
  if (result === 'incomplete' && unscored) return 'doctor-will-read';
  if (result === 'no-refer' && encounterIntake(db, encounterId).doctorMustRead) return 'doctor-will-read';
  const steps = Object.values(readCase(db, encounterId).steps);
  return adviceFor({ result, urgent }, adviceSite(db), steps.some(retakePossible));
}

function dayOf(db: ReadableDatabase, encounterId: string, code: Advice): Day | null {
  const site = getOwnSite(db);
  const begun = get(db, sql`SELECT started_at FROM encounter WHERE id = ${encounterId}`, z.object({ started_at: z.number() }))?.started_at;
  const from = siteDay(begun ?? Date.now(), site.timeZone);
  const table = guidelineTable(site.guideline);
  switch (code) {
    case 'see-doctor-by':
    case 'could-not-see':
      return (
        promised(db, sql`SELECT due_day AS day FROM referral_current WHERE encounter_id = ${encounterId}`) ??
        (table === null ? from : aiReferBy(table, from))
      );
    case 'come-again':
      return (
        promised(db, sql`SELECT due_day AS day FROM rescreen_due WHERE encounter_id = ${encounterId} ORDER BY seq DESC LIMIT 1`) ??
        (table === null ? from : aiRescreenBy(table, from))
      );
    case 'doctor-will-read':
      return addToDay(from, READ_WITHIN_DAYS, 'day');
    case 'see-doctor-now':
    case 'take-photo-again':
    case 'incomplete':
      return null;
  }
}

function promised(db: ReadableDatabase, query: ReturnType<typeof sql>): Day | null {
  return get(db, query, z.object({ day: z.string().nullable() }))?.day ?? null;
}

function patientResult({ result }: Outcome): PatientResult {
  // Only a photograph's own outcome has further codes.
  return PATIENT_RESULTS.find((known) => known === result) ?? 'incomplete';
}
