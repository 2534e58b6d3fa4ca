import { dayText, monthText } from '../../../../electron/shared/clinical/days';
import type { Advice } from '../../../../electron/shared/clinical/advice';
import type { PaperKind, Paper, VoidReason } from '../../../../electron/shared/domain/papers';
import { paperNumber } from '../../../../electron/shared/domain/papers';
import type { PatientLanguage } from '../../../../electron/shared/domain/patients';
import type { CampPaper, LanguageFacts } from '../../../../electron/shared/ipc/papers';
import { m } from '../../../../electron/shared/messages/messages';
import { dateAndTime } from '../../lib/format';
import { locale } from '../../lib/locale.svelte';
import type { IconName } from '../../lib/ui/icons';
import type { Tone } from '../../lib/ui/tone';

/** Each language in its own script, as in the settings. */
const LANGUAGE_NAMES: Readonly<Record<PatientLanguage, string>> = { en: 'English', hi: 'हिन्दी', ta: 'தமிழ்' };

/** Its name, and that it is a draft. */
export function languageLabel(language: PatientLanguage, states: readonly LanguageFacts[]): string {
  const draft = states.find((state) => state.language === language)?.draft === true;
  return draft ? `${LANGUAGE_NAMES[language]} (${m.papers_draft()})` : LANGUAGE_NAMES[language];
}

export const KIND_WORDS: Readonly<Record<PaperKind, () => string>> = {
  slip: () => m.papers_slip(),
  letter: () => m.papers_letter(),
  report: () => m.papers_report(),
};

const VOID_WORDS: Readonly<Record<VoidReason, () => string>> = {
  superseded: () => m.papers_void_superseded(),
  'wrong-patient': () => m.papers_void_wrong_patient(),
  'wrong-result': () => m.papers_void_wrong_result(),
  misprint: () => m.papers_void_misprint(),
};

/** `No. 000012-1, given on 23 Nov 2026, 9:14 am; void: replaced by a newer result` */
export function paperText(paper: Paper): string {
  const number = paperNumber(paper);
  const given = paper.givenAt === null ? m.papers_prepared({ number }) : m.papers_given({ number, date: dateAndTime(paper.givenAt) });
  return paper.void === null ? given : `${given}; ${m.papers_void()}: ${VOID_WORDS[paper.void]()}`;
}

export const SLIP_SIGNS: Readonly<Record<CampPaper['slip'], { tone: Tone; icon: IconName; text: () => string }>> = {
  given: { tone: 'waiting', icon: 'check', text: () => m.papers_state_given() },
  prepared: { tone: 'incomplete', icon: 'half', text: () => m.papers_state_prepared() },
  void: { tone: 'urgent', icon: 'urgent', text: () => m.papers_state_void() },
  none: { tone: 'incomplete', icon: 'half', text: () => m.papers_state_none() },
};

/** The sentence as on the slip; the number to call stands on the slip itself. */
export function toldText({ code, day }: { code: Advice; day: string | null }): string {
  const date = day === null ? '' : dayText(day, locale());
  switch (code) {
    case 'see-doctor-now':
      return m.advice_see_doctor_now();
    case 'see-doctor-by':
      return m.advice_see_doctor_by({ date });
    case 'come-again':
      return m.advice_come_again({ month: day === null ? '' : monthText(day, locale()) });
    case 'take-photo-again':
      return m.advice_take_photo_again();
    case 'could-not-see':
      return m.advice_could_not_see();
    case 'doctor-will-read':
      return m.slip_doctor_will_read({ date });
    case 'incomplete':
      return m.advice_incomplete();
  }
}
