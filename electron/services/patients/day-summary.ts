import { stringify } from 'csv-stringify/sync';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { encounterImages } from '../../db/queries/encounter-images';
import { currentReferral } from '../../db/queries/referrals';
import { transaction } from '../../db/sql';
import { dayText, type Day, siteDay } from '../../shared/clinical/days';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { WORKLIST_STATES, type WorklistState } from '../../shared/domain/patients';
import type { WorklistRow } from '../../shared/ipc/patients';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import { requireRole } from '../actor';
import { documentPage, fontRules } from '../documents/document-page';
import { html } from '../report/html';
import { openCallBacks } from './contacts';
import { worklistRows } from './worklist';

const RESULTS = ['urgent', 'refer', 'ungradable', 'incomplete', 'no-refer', 'none'] as const;

/** Counts of one day at the site: nobody is named, and no id is in it. */
export interface DaySummary {
  day: Day;
  arrived: number;
  photographed: number;
  photographs: number;
  photographsNotClear: number;
  states: Record<WorklistState, number>;
  results: Record<(typeof RESULTS)[number], number>;
  /** Forced by vision, questions or age, whatever the photographs say. */
  forced: number;
  referredToHospital: number;
  openCallBacks: number;
}

/** @param day of the site; null: today */
export async function daySummary(actor: Actor, profile: Profile, day: Day | null): Promise<DaySummary> {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  const wanted = day ?? siteDay(Date.now(), site.timeZone);
  const rows = await worklistRows(profile, wanted);
  const images = rows.flatMap((row) => encounterImages(database, row.encounterId));
  transaction(database, () => {
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'day.summarised',
      recordType: 'site',
      recordId: site.id,
      details: { day: wanted },
    });
  });
  return {
    day: wanted,
    arrived: rows.length,
    photographed: rows.filter((row) => row.photographs > 0).length,
    photographs: images.length,
    photographsNotClear: images.filter((image) => image.quality?.gradable === false).length,
    states: counted(WORKLIST_STATES, rows, (row) => row.state),
    results: counted(RESULTS, rows, resultOf),
    forced: rows.filter((row) => row.forced.level === 'refer' || row.forced.level === 'refer-urgently').length,
    referredToHospital: rows.filter((row) => (currentReferral(database, row.encounterId)?.hospitalId ?? null) !== null).length,
    openCallBacks: openCallBacks(profile).length,
  };
}

/** `measure,count` with stable codes: other programs read it. */
export function daySummaryCsv(summary: DaySummary): string {
  const lines: [string, string | number][] = [
    ['measure', 'count'],
    ['day', summary.day],
    ['arrived', summary.arrived],
    ['photographed', summary.photographed],
    ['photographs', summary.photographs],
    ['photographs-not-clear', summary.photographsNotClear],
    ...WORKLIST_STATES.map((state): [string, number] => [`state-${state}`, summary.states[state]]),
    ...RESULTS.map((result): [string, number] => [`result-${result}`, summary.results[result]]),
    ['forced-by-intake', summary.forced],
    ['referred-to-hospital', summary.referredToHospital],
    ['open-call-backs', summary.openCallBacks],
  ];
  return stringify(lines, { record_delimiter: 'windows' });
}

/** The same counts on one sheet of paper. */
export async function daySummaryPage(summary: DaySummary, locale: Locale, resourcesFolder: string): Promise<string> {
  const title = `${m.day_summary_title({}, { locale })} · ${dayText(summary.day, locale)}`;
  const lines: [string, number][] = [
    [m.day_summary_arrived({}, { locale }), summary.arrived],
    [m.day_summary_photographed({}, { locale }), summary.photographed],
    [m.day_summary_photographs({}, { locale }), summary.photographs],
    [m.day_summary_not_clear({}, { locale }), summary.photographsNotClear],
    [m.window_group_urgent({}, { locale }), summary.results.urgent],
    [m.window_group_refer({}, { locale }), summary.results.refer],
    [m.window_group_ungradable({}, { locale }), summary.results.ungradable],
    [m.window_group_incomplete({}, { locale }), summary.results.incomplete],
    [m.window_group_waiting({}, { locale }), summary.results['no-refer']],
    [m.day_summary_forced({}, { locale }), summary.forced],
    [m.day_summary_referred({}, { locale }), summary.referredToHospital],
    [m.worklist_state_slip_given({}, { locale }), summary.states['slip-given'] + summary.states.referred],
    [m.day_summary_call_backs({}, { locale }), summary.openCallBacks],
  ];
  const body = html`<h1>${title}</h1>
    <table>
      ${lines.map(
        ([label, count]) =>
          html`<tr>
            <th scope="row">${label}</th>
            <td>${count}</td>
          </tr>`,
      )}
    </table>`;
  return documentPage(title, [{ size: 'A4', locale, marks: [], body }], await fontRules(resourcesFolder));
}

function resultOf(row: WorklistRow): (typeof RESULTS)[number] {
  if (row.result === null) return 'none';
  return row.urgent ? 'urgent' : row.result;
}

function counted<Code extends string>(
  codes: readonly Code[],
  rows: readonly WorklistRow[],
  codeOf: (row: WorklistRow) => Code,
): Record<Code, number> {
  const counts = Object.fromEntries(codes.map((code) => [code, 0])) as Record<Code, number>;
  for (const row of rows) counts[codeOf(row)] += 1;
  return counts;
}
