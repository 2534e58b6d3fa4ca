import { adviceFor } from '../../shared/clinical/advice';
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

/** The sentence for a patient, with its date by the site's guideline and calendar. */
export function adviceText(patient: PatientRow, facts: RunFacts, site: SiteRules, locale: Locale): string {
  const table = guidelineTable(site.guideline);
  const day = siteDay(facts.startedAt, site.timeZone);
  switch (adviceFor(patient, facts)) {
    case 'see-doctor-now':
      return m.advice_see_doctor_now({}, { locale });
    case 'see-doctor-by':
      return m.advice_see_doctor_by({ date: dayText(referBy(table, day), locale) }, { locale });
    case 'come-again':
      return m.advice_come_again({ month: monthText(rescreenBy(table, day), locale) }, { locale });
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
