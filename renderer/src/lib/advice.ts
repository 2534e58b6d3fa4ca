import { dayText, monthText } from '../../../electron/shared/clinical/days';
import type { PatientDetail } from '../../../electron/shared/ipc/types';
import { m } from '../../../electron/shared/messages/messages';
import { locale } from './locale.svelte';

/** The sentence for a patient, with its day where there is one. */
export function adviceText({ code, day }: PatientDetail['advice']): string {
  switch (code) {
    case 'see-doctor-now':
      return m.advice_see_doctor_now();
    case 'see-doctor-by':
      return day === null ? m.window_advice_see_doctor() : m.advice_see_doctor_by({ date: dayText(day, locale()) });
    case 'come-again':
      return day === null ? m.window_advice_come_again() : m.advice_come_again({ month: monthText(day, locale()) });
    case 'take-photo-again':
      return m.advice_take_photo_again();
    case 'could-not-see':
      return m.advice_could_not_see();
    case 'doctor-will-read':
      // The slip's sentence names a day and a number to call, which only the camp knows.
      return m.report_waiting_for_doctor();
    case 'incomplete':
      return m.advice_incomplete();
  }
}
