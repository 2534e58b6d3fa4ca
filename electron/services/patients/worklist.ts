import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Profile } from '../../db/profile/profile';
import { blindedPatients } from '../../db/queries/blinding';
import { encounterOutcome } from '../../db/queries/encounter-outcomes';
import { type Encounter, listEncountersBetween } from '../../db/queries/encounters';
import { currentReferral } from '../../db/queries/referrals';
import { encounterIntake } from '../../db/queries/intakes';
import { personOf } from '../../db/queries/persons';
import { getSetting, putSetting } from '../../db/queries/settings';
import { listSlips } from '../../db/queries/slips';
import { transaction } from '../../db/sql';
import { type Day, siteDay } from '../../shared/clinical/days';
import { FORCED_LEVELS } from '../../shared/clinical/intake';
import { type Actor, PATIENT_RESULTS, ROLES } from '../../shared/domain/codes';
import { WORKLIST_STATES, type WorklistState } from '../../shared/domain/patients';
import type { Worklist, WorklistRow } from '../../shared/ipc/patients';
import { requireRole } from '../actor';
import { encounterAdvice } from '../documents/encounter-advice';
import { type EncounterCase, readCase } from '../encounter/encounter-case';
import { openCallBacks } from './contacts';
import { personHit } from './hits';
import { severity } from './follow-up';

/** Every zone's day lies within this of its UTC noon. */
const AROUND_A_DAY_MS = 27 * 3_600_000;
/** A row asks a dozen questions of the database. */
const ROWS_BETWEEN_PAUSES = 10;
const filterSchema = z.object({ states: z.array(z.enum(WORKLIST_STATES)) });

/** Everybody of the site's day, the most urgent first, as the filter of whoever asks shows them; who is to be called back stands before them all. */
export async function todaysWorklist(actor: Actor, profile: Profile): Promise<Worklist> {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  const day = siteDay(Date.now(), site.timeZone);
  const blinded = blindedPatients(database, actor.userId);
  const rows = (await worklistRows(profile, day)).map((row) => (blinded.has(row.person.patientId) ? withoutResult(row) : row));
  const filter = getSetting(database, filterKey(actor), filterSchema)?.states ?? [];
  const counts = Object.fromEntries(WORKLIST_STATES.map((state) => [state, 0])) as Record<WorklistState, number>;
  for (const { state } of rows) counts[state] += 1;
  return {
    day,
    rows: rows.filter((row) => filter.length === 0 || filter.includes(row.state)).sort(mostUrgentFirst),
    counts,
    total: rows.length,
    urgent: rows.filter((row) => row.urgent).length,
    filter,
    callBacks: openCallBacks(profile).filter((each) => !blinded.has(each.person.patientId)),
  };
}

/** A preference, not a record: it changes nothing but what is shown. */
export function setWorklistFilter(actor: Actor, profile: Profile, states: readonly WorklistState[]): void {
  requireRole(actor, ...ROLES);
  transaction(profile.database, () => {
    putSetting(profile.database, filterKey(actor), { states });
  });
}

/** In the order of arrival. */
export async function worklistRows(profile: Profile, day: Day): Promise<WorklistRow[]> {
  const { database, site } = profile;
  const noon = Date.parse(`${day}T12:00:00Z`);
  const near = listEncountersBetween(database, noon - AROUND_A_DAY_MS, noon + AROUND_A_DAY_MS);
  const calledBack = new Set(openCallBacks(profile).map((each) => each.person.patientId));
  const rows: WorklistRow[] = [];
  for (const encounter of near.filter((each) => siteDay(each.startedAt, site.timeZone) === day)) {
    rows.push(worklistRow(profile, encounter, calledBack));
    if (rows.length % ROWS_BETWEEN_PAUSES === 0) await setImmediate();
  }
  return rows;
}

/** For somebody who has still to read this patient: where the visit stands, and nothing of what it came to. */
function withoutResult(row: WorklistRow): WorklistRow {
  const { state, forced } = row;
  const shown = state === 'called-back' ? 'result' : state === 'referred' ? 'slip-given' : state;
  return { ...row, state: shown, result: null, advice: null, urgent: forced.level === 'refer-urgently' };
}

function worklistRow(profile: Profile, encounter: Encounter, calledBack: ReadonlySet<string>): WorklistRow {
  const { database } = profile;
  const personId = personOf(database, encounter.patientId);
  const outcome = encounterOutcome(database, encounter.id, null);
  const known = readCase(database, encounter.id);
  const { level, reasons } = encounterIntake(database, encounter.id);
  const slip = listSlips(database, encounter.id)
    .filter(({ kind, void: isVoid, givenAt }) => kind === 'slip' && isVoid === null && givenAt !== null)
    .at(-1);
  return {
    encounterId: encounter.id,
    person: personHit(profile, personId),
    arrivedAt: encounter.startedAt,
    state: stateOf(known, {
      concluded: outcome !== undefined,
      slipGiven: slip !== undefined,
      referred: currentReferral(database, encounter.id) !== undefined,
      calledBack: calledBack.has(personId),
    }),
    result: PATIENT_RESULTS.find((result) => result === outcome?.result) ?? null,
    urgent: outcome?.urgent ?? level === 'refer-urgently',
    forced: { level, reasons },
    advice: encounterAdvice(database, encounter.id)?.code ?? null,
    photographs: known.images.length,
  };
}

interface Facts {
  concluded: boolean;
  slipGiven: boolean;
  referred: boolean;
  calledBack: boolean;
}

/** Where somebody stands: what is still to be done at the camera comes before what was concluded on the way. */
function stateOf({ images, steps }: EncounterCase, { concluded, slipGiven, referred, calledBack }: Facts): WorklistState {
  if (calledBack) return 'called-back';
  if (slipGiven) return referred ? 'referred' : 'slip-given';
  const next = Object.values(steps);
  if (images.length > 0 && next.some((step) => step === 'retake' || step === 'dilate')) return 'retake';
  if (next.includes('photograph')) return images.length > 0 ? 'photographing' : 'waiting';
  return concluded ? 'result' : 'waiting';
}

/** Called back, then by what was concluded or forced, then whoever came first. */
function mostUrgentFirst(a: WorklistRow, b: WorklistRow): number {
  return urgency(b) - urgency(a) || a.arrivedAt - b.arrivedAt;
}

function urgency(row: WorklistRow): number {
  if (row.state === 'called-back') return 10;
  const concluded = row.result === null ? 0 : severity({ result: row.result, urgent: row.urgent });
  return Math.max(concluded, FORCED_LEVELS.indexOf(row.forced.level) >= FORCED_LEVELS.indexOf('refer') ? (row.urgent ? 4 : 3) : 0);
}

function filterKey(actor: Actor): string {
  return `worklist:${actor.userId}`;
}
