import { type Advice, adviceFor } from '../../shared/clinical/advice';
import { type Day, dayText, monthText, siteDay } from '../../shared/clinical/days';
import { aiReferBy, aiRescreenBy, type GuidelineTable, guidelineTable } from '../../shared/clinical/guideline';
import type { PatientRow, RunFacts } from '../../shared/domain/screening';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';

/** What a site goes by when it turns a result into words and dates. */
export interface SiteRules {
  guideline: string;
  timeZone: string;
}

export interface DatedAdvice {
  code: Advice;
  /** Of "see an eye doctor by" and "come again"; null for the others. */
  day: Day | null;
}

/** What a patient is told to do and by when, by the site's guideline and calendar. */
export function datedAdvice(patient: PatientRow, facts: RunFacts, site: SiteRules): DatedAdvice {
  const code = adviceFor(patient, facts);
  const table = guidelineTable(site.guideline);
  const day = siteDay(facts.startedAt, site.timeZone);
  if (code === 'see-doctor-by') return { code, day: referBy(table, day) };
  if (code === 'come-again') return { code, day: rescreenBy(table, day) };
  return { code, day: null };
}

/** The sentence for a patient, with its date. */
export function adviceText(patient: PatientRow, facts: RunFacts, site: SiteRules, locale: Locale): string {
  const { code, day } = datedAdvice(patient, facts, site);
  switch (code) {
    case 'see-doctor-now':
      return m.advice_see_doctor_now({}, { locale });
    case 'see-doctor-by':
      return m.advice_see_doctor_by({ date: day === null ? '' : dayText(day, locale) }, { locale });
    case 'come-again':
      return m.advice_come_again({ month: day === null ? '' : monthText(day, locale) }, { locale });
    case 'take-photo-again':
      return m.advice_take_photo_again({}, { locale });
    case 'could-not-see':
      return m.advice_could_not_see({}, { locale });
    case 'incomplete':
      return m.advice_incomplete({}, { locale });
    case 'doctor-will-read':
      // The slip's sentence names a day and a number to call, which only the camp knows.
      return m.report_waiting_for_doctor({}, { locale });
  }
}

/** Without a table the earliest day is the safe one. */
function referBy(table: GuidelineTable | null, day: Day): Day {
  return table === null ? day : aiReferBy(table, day);
}

function rescreenBy(table: GuidelineTable | null, day: Day): Day {
  return table === null ? day : aiRescreenBy(table, day);
}
