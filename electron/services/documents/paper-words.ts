import { dayText, monthText, siteDay } from '../../shared/clinical/days';
import { READ_REASONS, type ReadReason } from '../../shared/clinical/clinical-read';
import type { Vision } from '../../shared/clinical/intake';
import { GUIDELINES } from '../../shared/domain/accounts';
import type { Grade, MacularSign } from '../../shared/domain/reading';
import { PATIENT_REASONS } from '../../shared/domain/screening';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import { patientReasonText } from '../report/code-texts';
import type { EncounterAdvice } from './encounter-advice';

/** The sentence for the patient. `contact` is the site's number; without one the sentence does without. */
export function adviceSentence({ code, day }: Pick<EncounterAdvice, 'code' | 'day'>, contact: string, locale: Locale): string {
  const date = day === null ? '' : dayText(day, locale);
  switch (code) {
    case 'see-doctor-now':
      return m.advice_see_doctor_now({}, { locale });
    case 'see-doctor-by':
      return m.advice_see_doctor_by({ date }, { locale });
    case 'come-again':
      return m.advice_come_again({ month: day === null ? '' : monthText(day, locale) }, { locale });
    case 'take-photo-again':
      return m.advice_take_photo_again({}, { locale });
    case 'could-not-see':
      return m.advice_could_not_see({}, { locale });
    case 'doctor-will-read':
      return contact === ''
        ? m.slip_doctor_will_read({ date }, { locale })
        : m.advice_doctor_will_read({ date, number: contact }, { locale });
    case 'incomplete':
      return m.advice_incomplete({}, { locale });
  }
}

const GRADE_WORDS: Record<Grade, typeof m.full_grade_0> = {
  0: m.full_grade_0,
  1: m.full_grade_1,
  2: m.full_grade_2,
  3: m.full_grade_3,
  4: m.full_grade_4,
};
const MACULA_WORDS: Record<MacularSign, typeof m.full_macula_none> = {
  none: m.full_macula_none,
  'within-disc-diameter': m.full_macula_within_disc_diameter,
  'other-group': m.full_macula_other_group,
  'cannot-tell': m.full_macula_cannot_tell,
};

export function gradeText(grade: Grade, locale: Locale): string {
  return `${grade} (${GRADE_WORDS[grade]({}, { locale })})`;
}

export function maculaText(sign: MacularSign, locale: Locale): string {
  return MACULA_WORDS[sign]({}, { locale });
}

const READ_WORDS: Record<ReadReason, typeof m.read_reason_raised> = {
  'doctor-grade': m.read_reason_doctor_grade,
  'doctor-macula': m.read_reason_doctor_macula,
  'doctor-other': m.read_reason_doctor_other,
  'doctor-ungradable': m.read_reason_doctor_ungradable,
  'doctor-raised': m.read_reason_doctor_raised,
  raised: m.read_reason_raised,
  'eye-missing': m.patient_reason_eye_missing,
};

/** Why, as a doctor's read says it. */
export function readReasonsText(reasons: readonly string[], locale: Locale): string {
  return READ_REASONS.filter((reason) => reasons.includes(reason))
    .map((reason) => READ_WORDS[reason]({}, { locale }))
    .join('; ');
}

/** Why a patient's outcome is what it is. */
export function outcomeReasonsText({ source, reasons }: Pick<EncounterAdvice['outcome'], 'source' | 'reasons'>, locale: Locale): string {
  if (source === 'doctor') return readReasonsText(reasons, locale);
  return PATIENT_REASONS.filter((reason) => reasons.includes(reason))
    .map((reason) => patientReasonText(reason, locale))
    .join('; ');
}

const GUIDELINE_NAMES: Record<(typeof GUIDELINES)[number], typeof m.site_guideline_ico_2017> = {
  'aios-vrsi-2020': m.site_guideline_aios_vrsi_2020,
  'ico-2017': m.site_guideline_ico_2017,
};

/** The code where a site has one that this program does not know. */
export function guidelineName(code: string, locale: Locale): string {
  const known = GUIDELINES.find((guideline) => guideline === code);
  return known === undefined ? code : GUIDELINE_NAMES[known]({}, { locale });
}

/** As written on a chart; words only where the eye reads no letter any more. */
export function visionText(vision: Vision, locale: Locale): string {
  if (vision === 'hand-movements') return m.vision_hand_movements({}, { locale });
  if (vision === 'light') return m.vision_light({}, { locale });
  return vision === 'no-light' ? m.vision_no_light({}, { locale }) : vision;
}

/** The site's day of an instant, written out. */
export function instantDayText(instantMs: number, timeZone: string, locale: Locale): string {
  return dayText(siteDay(instantMs, timeZone), locale);
}
