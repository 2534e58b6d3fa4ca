import { appendAuditEvent } from '../../db/audit';
import { encounterOutcomeHistory } from '../../db/queries/encounter-outcomes';
import { getEncounter } from '../../db/queries/encounters';
import { addCallBack, listCallBacks } from '../../db/queries/call-backs';
import { currentReferral, recordReferral } from '../../db/queries/referrals';
import { recordRescreen } from '../../db/queries/rescreens';
import type { Outcome, OutcomeResult } from '../../db/queries/outcomes';
import { listSlips } from '../../db/queries/slips';
import { getOwnSite } from '../../db/queries/sites';
import type { WritableDatabase } from '../../db/sql';
import { retakePossible } from '../../shared/clinical/coaching';
import { addToDay, type Day, siteDay } from '../../shared/clinical/days';
import { aiReferBy, aiRescreenBy, guidelineTable } from '../../shared/clinical/guideline';
import type { Actor } from '../../shared/domain/codes';
import type { CallBackReason } from '../../shared/domain/patients';
import { readCase } from '../encounter/encounter-case';

/** Reached by then (our judgement): whoever must see a doctor at once today, anybody else within a week. */
const CALL_BACK_DAYS = { urgent: 0, other: 7 };

/**
 * What a new outcome of an encounter means for afterwards, inside the transaction that stored it: a referral to be followed, the day to come again, and a
 * call-back where the patient has gone home on a better one. A doctor's outcome may name its days in its basis (`referBy`, `rescreenBy`); otherwise they
 * are the model's, by the site's guideline.
 */
export function followOutcome(db: WritableDatabase, siteId: string, actor: Actor, encounterId: string): void {
  const history = encounterOutcomeHistory(db, encounterId);
  const outcome = history.at(-1);
  const encounter = getEncounter(db, encounterId);
  if (outcome === undefined || encounter === undefined) return;
  const { patientId } = encounter;
  const site = getOwnSite(db);
  const day = siteDay(encounter.startedAt, site.timeZone);
  const table = guidelineTable(site.guideline);
  const whom = { siteId, patientId, encounterId, actorId: actor.userId };
  if (refers(db, encounterId, outcome)) {
    const dueDay = outcome.urgent ? day : (dayIn(outcome, 'referBy') ?? (table === null ? day : aiReferBy(table, day)));
    recordReferral(db, { ...whom, hospitalId: currentReferral(db, encounterId)?.hospitalId ?? null, urgent: outcome.urgent, dueDay });
  }
  if (outcome.result === 'no-refer') {
    recordRescreen(db, { ...whom, dueDay: dayIn(outcome, 'rescreenBy') ?? (table === null ? day : aiRescreenBy(table, day)) });
  } else {
    recordRescreen(db, { ...whom, dueDay: null });
  }
  const told = toldAtHome(db, encounterId, history, { day, today: siteDay(Date.now(), site.timeZone) });
  if (told === null || severity(outcome) <= severity(told)) return;
  openCallBack(db, actor, {
    siteId,
    patientId,
    encounterId,
    outcomeId: outcome.id,
    reason: outcome.source === 'doctor' ? 'later-read' : 'correction',
    urgent: outcome.urgent,
  });
}

/**
 * Puts a patient on the call-back list, inside the caller's transaction. Somebody who is on it for the same encounter already stays there once, unless
 * it has become urgent.
 */
export function openCallBack(
  db: WritableDatabase,
  actor: Actor,
  wanted: {
    siteId: string;
    patientId: string;
    encounterId: string | null;
    outcomeId: string | null;
    reason: CallBackReason;
    urgent: boolean;
  },
): void {
  const open = listCallBacks(db, [wanted.patientId]).filter((each) => each.closed === null && each.encounterId === wanted.encounterId);
  if (open.some((each) => each.urgent || !wanted.urgent)) return;
  const today = siteDay(Date.now(), getOwnSite(db).timeZone);
  const dueDay = addToDay(today, wanted.urgent ? CALL_BACK_DAYS.urgent : CALL_BACK_DAYS.other, 'day');
  const callBackId = addCallBack(db, { ...wanted, dueDay, actorId: actor.userId });
  appendAuditEvent(db, {
    siteId: wanted.siteId,
    actor,
    action: 'call-back.opened',
    recordType: 'patient',
    recordId: wanted.patientId,
    details: { callBack: callBackId, reason: wanted.reason, urgent: wanted.urgent, outcome: wanted.outcomeId },
  });
}

/** An eye doctor looks: so says the result, or nobody can see the eye and no photograph will change that. */
function refers(db: WritableDatabase, encounterId: string, { result, source }: Outcome): boolean {
  if (result === 'refer') return true;
  if (result === 'no-refer') return false;
  return source === 'doctor' || !Object.values(readCase(db, encounterId).steps).some(retakePossible);
}

/** The worse, the higher. What nobody could see counts as worse than what was seen and fine. */
export function severity({ result, urgent }: { result: OutcomeResult; urgent: boolean }): number {
  switch (result) {
    case 'no-refer':
      return 0;
    case 'incomplete':
      return 1;
    case 'ungradable':
    case 'refer-ungradable':
      return 2;
    case 'refer':
      return urgent ? 4 : 3;
  }
}

/** What the patient went home on: the result on the slip that was handed over, else what was in force when the day of the visit ended. */
function toldAtHome(
  db: WritableDatabase,
  encounterId: string,
  history: readonly Outcome[],
  { day, today }: { day: Day; today: Day },
): Outcome | null {
  const given = listSlips(db, encounterId)
    .filter((slip) => slip.kind === 'slip' && slip.givenAt !== null)
    .at(-1);
  const onSlip = given === undefined ? undefined : history.find((outcome) => outcome.id === given.outcomeId);
  if (onSlip !== undefined) return onSlip;
  return day < today ? (history.at(-2) ?? null) : null;
}

function dayIn(outcome: Outcome, key: 'referBy' | 'rescreenBy'): Day | null {
  const value = outcome.basis[key];
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) ? value : null;
}
