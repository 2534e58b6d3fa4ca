import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { blindedPatients } from '../../db/queries/blinding';
import { getEncounter, listEncounters } from '../../db/queries/encounters';
import {
  addReferralEvent,
  currentReferral,
  listReferralEvents,
  listReferrals,
  type Referral,
  type ReferralEvent,
} from '../../db/queries/referrals';
import { listRescreens, type RescreenDue } from '../../db/queries/rescreens';
import { getHospital } from '../../db/queries/hospitals';
import { findPatientByShortId } from '../../db/queries/patients';
import { patientIdsOf, personOf } from '../../db/queries/persons';
import { transaction } from '../../db/sql';
import { addToDay, type Day, siteDay } from '../../shared/clinical/days';
import { attendedInTime, rescreenState } from '../../shared/clinical/follow-up';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { REFERRAL_EVENTS, type ReferralEventCode } from '../../shared/domain/patients';
import { parseShortId } from '../../shared/domain/short-id';
import { AppError } from '../../shared/errors';
import type { FollowUp, ReferralRow, RescreenRow } from '../../shared/ipc/patients';
import { requireRole } from '../actor';
import { contactsBySubject, openCallBacks } from './contacts';
import { personHit } from './hits';

/** A row asks a dozen questions of the database. */
const ROWS_BETWEEN_PAUSES = 20;
/** Somebody who came again is shown for so long. */
const ATTENDED_SHOWN_DAYS = 90;
/** A hospital's answer about one camp; more is another file. */
const CSV_LIMIT_BYTES = 1_000_000;
/** Whose lines are all wrong has brought another list. */
const LINES_NAMED = 12;

/** Who was referred and who is to come again, of those who allowed contact; how many urgent referrals attended, of everybody. */
export async function followUpLists(actor: Actor, profile: Profile): Promise<FollowUp> {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  const today = siteDay(Date.now(), site.timeZone);
  const events = eventsByEncounter(listReferralEvents(database));
  const blinded = blindedPatients(database, actor.userId);
  const everybody = listReferrals(database, 'everybody');
  const referrals: ReferralRow[] = [];
  const referralContacts = contactsBySubject(profile, 'referral');
  for (const referral of listReferrals(database, 'may-contact').filter((each) => !blinded.has(each.patientId))) {
    const noted = events.get(referral.encounterId) ?? [];
    referrals.push(referralRow(profile, referral, noted, referralContacts.get(referral.encounterId) ?? [], today));
    if (referrals.length % ROWS_BETWEEN_PAUSES === 0) await setImmediate();
  }
  const rescreens: RescreenRow[] = [];
  let later = 0;
  const rescreenContacts = contactsBySubject(profile, 'rescreen');
  for (const due of newestOfPerson(profile, listRescreens(database)).filter((each) => !blinded.has(each.patientId))) {
    const row = rescreenRow(profile, due, rescreenContacts.get(due.encounterId) ?? [], today);
    if (row === 'later') later += 1;
    else if (row !== null) rescreens.push(row);
    if ((rescreens.length + later) % ROWS_BETWEEN_PAUSES === 0) await setImmediate();
  }
  return {
    today,
    referrals,
    notContactable: everybody.length - listReferrals(database, 'may-contact').length,
    rescreens,
    rescreensLater: later,
    callBacks: openCallBacks(profile).filter((each) => !blinded.has(each.person.patientId)),
    urgentAttendance: attendedInTime(
      everybody
        .filter((referral) => referral.urgent)
        .map((referral) => ({
          referredOn: siteDay(referral.referredAt, site.timeZone),
          attendedOn: (events.get(referral.encounterId) ?? []).find((event) => event.what !== 'not-attended')?.day ?? null,
        })),
      today,
    ),
  };
}

/** Notes what became of a referral. @throws AppError not-found where the encounter has none */
export function noteReferral(actor: Actor, profile: Profile, encounterId: string, what: ReferralEventCode, day: Day): void {
  requireRole(actor, ...ROLES);
  transaction(profile.database, () => {
    note(actor, profile, encounterId, { what, day, source: 'phone' });
  });
}

/** As `importReferralNotes`, from a file. @throws AppError path-not-found, referral-list-invalid {line} */
export async function importReferralFile(actor: Actor, profile: Profile, path: string): Promise<number> {
  requireRole(actor, ...ROLES);
  let csv: string;
  try {
    if ((await stat(path)).size > CSV_LIMIT_BYTES) throw new AppError('referral-list-invalid', { line: 1 });
    csv = await readFile(path, 'utf8');
  } catch (thrown) {
    throw thrown instanceof AppError ? thrown : new AppError('path-not-found', { path: basename(path) }, thrown);
  }
  return importReferralNotes(actor, profile, csv);
}

/**
 * Takes over a hospital's list: `id,result,day` with a header; all of it or, where a line does not fit, none.
 *
 * @returns how many lines were noted
 * @throws AppError referral-list-invalid {line}: the numbers of the lines that do not fit, in words
 */
export function importReferralNotes(actor: Actor, profile: Profile, csv: string): number {
  requireRole(actor, ...ROLES);
  const lines = parseNotes(csv);
  const today = siteDay(Date.now(), profile.site.timeZone);
  return transaction(profile.database, () => {
    const wrong: number[] = [];
    for (const { line, record } of lines) {
      const encounterId = referredEncounter(profile, record['id'] ?? '');
      const what = REFERRAL_EVENTS.find((code) => code === record['result']);
      const { day = '' } = record;
      if (encounterId === null || what === undefined || !isDay(day) || day > today) wrong.push(line);
      else note(actor, profile, encounterId, { what, day, source: 'csv' });
    }
    if (wrong.length > 0) {
      const named = wrong.slice(0, LINES_NAMED).join(', ');
      throw new AppError('referral-list-invalid', { line: wrong.length > LINES_NAMED ? `${named}, …` : named });
    }
    return lines.length;
  });
}

/** The newest visit of a person, by a short id, at which they were referred. */
function referredEncounter({ database }: Profile, typed: string): string | null {
  const shortId = parseShortId(typed);
  const patient = shortId === null ? undefined : findPatientByShortId(database, shortId);
  if (patient === undefined) return null;
  const visits = listEncounters(database, patientIdsOf(database, personOf(database, patient.id)));
  return visits.find((each) => currentReferral(database, each.id) !== undefined)?.id ?? null;
}

/** With the number of each line in the file; the header is the first. */
function parseNotes(csv: string): { line: number; record: Partial<Record<string, string>> }[] {
  try {
    const rows = parse(csv, {
      columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
      bom: true,
      trim: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as { info: { lines: number }; record: Partial<Record<string, string>> }[];
    return rows.map(({ info, record }) => ({ line: info.lines, record }));
  } catch (thrown) {
    const line = (thrown as { lines?: unknown }).lines;
    throw new AppError('referral-list-invalid', { line: typeof line === 'number' ? line : 1 }, thrown);
  }
}

function note(actor: Actor, profile: Profile, encounterId: string, event: Pick<ReferralEvent, 'what' | 'day' | 'source'>): void {
  const { database, site } = profile;
  if (getEncounter(database, encounterId) === undefined || currentReferral(database, encounterId) === undefined) {
    throw new AppError('not-found');
  }
  addReferralEvent(database, { siteId: site.id, encounterId, ...event, actorId: actor.userId });
  appendAuditEvent(database, {
    siteId: site.id,
    actor,
    action: 'referral.noted',
    recordType: 'encounter',
    recordId: encounterId,
    details: { ...event },
  });
}

function referralRow(
  profile: Profile,
  referral: Referral,
  noted: readonly ReferralEvent[],
  contacts: ReferralRow['contacts'],
  today: Day,
): ReferralRow {
  const { database, site } = profile;
  const last = noted.at(-1) ?? null;
  return {
    encounterId: referral.encounterId,
    person: personHit(profile, personOf(database, referral.patientId)),
    hospital: referral.hospitalId === null ? null : (getHospital(database, referral.hospitalId)?.name ?? null),
    urgent: referral.urgent,
    referredOn: siteDay(referral.referredAt, site.timeZone),
    dueDay: referral.dueDay,
    overdue: referral.dueDay < today && !noted.some((event) => event.what !== 'not-attended'),
    last: last === null ? null : { what: last.what, day: last.day },
    contacts,
  };
}

/** @returns `later` while it is not time yet; null for a visit long answered by another one */
function rescreenRow(profile: Profile, due: RescreenDue, contacts: RescreenRow['contacts'], today: Day): RescreenRow | 'later' | null {
  const { database, site } = profile;
  const personId = personOf(database, due.patientId);
  const planned = getEncounter(database, due.encounterId);
  const visits = listEncounters(database, patientIdsOf(database, personId));
  const again = visits.findLast((visit) => planned !== undefined && visit.seq > planned.seq);
  const attendedOn = again === undefined ? null : siteDay(again.startedAt, site.timeZone);
  if (attendedOn !== null && attendedOn < addToDay(today, -ATTENDED_SHOWN_DAYS, 'day')) return null;
  const reached = contacts.some(({ result }) => result === 'reached' || result === 'will-come');
  const state = rescreenState({ dueDay: due.dueDay, attended: attendedOn !== null, reached }, today);
  if (state === 'later') return 'later';
  return { encounterId: due.encounterId, person: personHit(profile, personId), dueDay: due.dueDay, state, contacts };
}

/** Of one person only what was said last: an earlier word is answered by the visit after it. */
function newestOfPerson(profile: Profile, rescreens: readonly RescreenDue[]): RescreenDue[] {
  const { database } = profile;
  const newest = new Map<string, { due: RescreenDue; seq: number }>();
  for (const due of rescreens) {
    const personId = personOf(database, due.patientId);
    const seq = getEncounter(database, due.encounterId)?.seq ?? 0;
    const known = newest.get(personId);
    if (known === undefined || known.seq < seq) newest.set(personId, { due, seq });
  }
  return [...newest.values()].map(({ due }) => due).sort((a, b) => a.dueDay.localeCompare(b.dueDay));
}

function eventsByEncounter(events: readonly ReferralEvent[]): Map<string, ReferralEvent[]> {
  const byEncounter = new Map<string, ReferralEvent[]>();
  for (const event of events) byEncounter.set(event.encounterId, [...(byEncounter.get(event.encounterId) ?? []), event]);
  return byEncounter;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) && addToDay(text, 0, 'day') === text;
}
