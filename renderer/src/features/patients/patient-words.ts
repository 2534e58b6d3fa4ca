import type { ForcedLevel, IntakeQuestion, IntakeReason, Vision } from '../../../../electron/shared/clinical/intake';
import type {
  CallBackEnd,
  CallBackReason,
  ConsentAnswer,
  ConsentGiver,
  ConsentWay,
  ContactResult,
  ContactWay,
  DiabetesTreatment,
  DiabetesType,
  Identity,
  PatientLanguage,
  ReferralEventCode,
  RequirableField,
  RescreenState,
  Sex,
  WorklistState,
} from '../../../../electron/shared/domain/patients';
import { formatShortId } from '../../../../electron/shared/domain/short-id';
import type { PatientHit } from '../../../../electron/shared/ipc/patients';
import { m } from '../../../../electron/shared/messages/messages';
import type { Sign } from '../../lib/words';

/** How the desk says and draws its codes. */

export function personName(person: PatientHit): string {
  if (person.erased) return m.patients_erased();
  return person.identity?.name ?? m.patients_no_name();
}

/** `XXXX-XXXX · female · 56 years · Madurai`: what tells two of one name apart. */
export function personLine({ shortId, identity, age }: PatientHit): string {
  const parts = [
    formatShortId(shortId),
    identity?.sex == null ? null : sexName(identity.sex),
    age === null ? null : m.patients_age({ years: age }),
    identity?.village ?? null,
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

export const STATE_SIGNS: Readonly<Record<WorklistState, Sign>> = {
  waiting: { tone: 'waiting', icon: 'waiting', text: () => m.worklist_state_waiting() },
  photographing: { tone: 'incomplete', icon: 'camera', text: () => m.worklist_state_photographing() },
  retake: { tone: 'unread', icon: 'again', text: () => m.worklist_state_retake() },
  result: { tone: 'accent', icon: 'info', text: () => m.worklist_state_result() },
  'slip-given': { tone: 'waiting', icon: 'check', text: () => m.worklist_state_slip_given() },
  referred: { tone: 'refer', icon: 'refer', text: () => m.worklist_state_referred() },
  'called-back': { tone: 'urgent', icon: 'urgent', text: () => m.worklist_state_called_back() },
};

export function sexName(sex: Sex): string {
  return { female: m.sex_female, male: m.sex_male, other: m.sex_other }[sex]();
}

export function languageName(language: PatientLanguage): string {
  // Each in its own script, so that whoever speaks it recognises it.
  return { en: 'English', hi: 'हिन्दी', ta: 'தமிழ்' }[language];
}

export const CONSENT_WORDS: Readonly<Record<ConsentAnswer, { title: () => string; notice: () => string }>> = {
  screening: { title: () => m.consent_screening(), notice: () => m.consent_notice_screening() },
  contact: { title: () => m.consent_contact(), notice: () => m.consent_notice_contact() },
  sharing: { title: () => m.consent_sharing(), notice: () => m.consent_notice_sharing() },
  training: { title: () => m.consent_training(), notice: () => m.consent_notice_training() },
};

export function diabetesType(type: DiabetesType): string {
  return { 'type-1': m.diabetes_type_1, 'type-2': m.diabetes_type_2, other: m.diabetes_type_other, unknown: m.diabetes_type_unknown }[
    type
  ]();
}

export function diabetesTreatment(treatment: DiabetesTreatment): string {
  return {
    diet: m.diabetes_treatment_diet,
    tablets: m.diabetes_treatment_tablets,
    insulin: m.diabetes_treatment_insulin,
    'tablets-and-insulin': m.diabetes_treatment_tablets_and_insulin,
  }[treatment]();
}

/** `Type 2 · 2012 · Tablets`; empty where nothing is known. */
export function diabetesText({ type, sinceYear, treatment }: Identity['diabetes']): string {
  const parts = [type === null ? null : diabetesType(type), sinceYear, treatment === null ? null : diabetesTreatment(treatment)];
  return parts.filter((part) => part !== null).join(' · ');
}

export function consentWay(way: ConsentWay): string {
  return {
    signature: m.consent_way_signature,
    'thumbprint-and-witness': m.consent_way_thumbprint,
    'read-aloud': m.consent_way_read_aloud,
  }[way]();
}

export function consentGiver(giver: ConsentGiver): string {
  return { patient: m.consent_by_patient, guardian: m.consent_by_guardian }[giver]();
}

export function fieldName(field: RequirableField): string {
  return {
    name: m.patients_name,
    yearOfBirth: m.patients_year_of_birth,
    sex: m.patients_sex,
    phone: m.patients_phone,
    village: m.patients_village,
    language: m.patients_language,
  }[field]();
}

export const QUESTION_WORDS: Readonly<Record<IntakeQuestion, () => string>> = {
  suddenLoss: () => m.intake_sudden_loss(),
  floatersOrFlashes: () => m.intake_floaters_or_flashes(),
  painOrRedness: () => m.intake_pain_or_redness(),
  pregnancy: () => m.intake_pregnancy(),
  earlierTreatment: () => m.intake_earlier_treatment(),
  underEyeDoctor: () => m.intake_under_eye_doctor(),
};

const INTAKE_REASONS: Readonly<Record<IntakeReason, () => string>> = {
  'sudden-loss': () => m.intake_reason_sudden_loss(),
  'floaters-or-flashes': () => m.intake_reason_floaters_or_flashes(),
  'pain-or-redness': () => m.intake_reason_pain_or_redness(),
  'low-vision': () => m.intake_reason_low_vision(),
  pregnancy: () => m.intake_reason_pregnancy(),
  'earlier-treatment': () => m.intake_reason_earlier_treatment(),
  'under-18': () => m.intake_reason_under_18(),
  'ai-refused': () => m.intake_reason_ai_refused(),
  'vision-unclear': () => m.intake_reason_vision_unclear(),
  'not-asked': () => m.intake_reason_not_asked(),
};

export function intakeReason(reason: IntakeReason): string {
  return INTAKE_REASONS[reason]();
}

export const FORCED_SIGNS: Readonly<Record<ForcedLevel, Sign>> = {
  none: { tone: 'waiting', icon: 'check', text: () => m.intake_forces_none() },
  'doctor-read': { tone: 'incomplete', icon: 'doctor', text: () => m.intake_forces_doctor_read() },
  refer: { tone: 'refer', icon: 'refer', text: () => m.intake_forces_refer() },
  'refer-urgently': { tone: 'urgent', icon: 'urgent', text: () => m.intake_forces_refer_urgently() },
};

export function visionName(vision: Vision): string {
  switch (vision) {
    case 'hand-movements':
      return m.vision_hand_movements();
    case 'light':
      return m.vision_light();
    case 'no-light':
      return m.vision_no_light();
    default:
      return vision;
  }
}

export function callBackReason(reason: CallBackReason): string {
  return {
    'later-read': m.call_back_reason_later_read,
    correction: m.call_back_reason_correction,
    'model-recall': m.call_back_reason_model_recall,
  }[reason]();
}

export function callBackEnd(how: CallBackEnd): string {
  return { reached: m.call_back_end_reached, 'seen-by-doctor': m.call_back_end_seen, died: m.call_back_end_died }[how]();
}

export function contactWay(way: ContactWay): string {
  return { phone: m.contact_way_phone, visit: m.contact_way_visit, message: m.contact_way_message }[way]();
}

export function contactResult(result: ContactResult): string {
  return {
    reached: m.contact_reached,
    'no-answer': m.contact_no_answer,
    'wrong-number': m.contact_wrong_number,
    'will-come': m.contact_will_come,
    'will-not-come': m.contact_will_not_come,
  }[result]();
}

export function referralEvent(what: ReferralEventCode): string {
  return { attended: m.follow_up_attended, treated: m.follow_up_treated, 'not-attended': m.follow_up_not_attended }[what]();
}

export const RESCREEN_SIGNS: Readonly<Record<RescreenState, Sign>> = {
  overdue: { tone: 'urgent', icon: 'urgent', text: () => m.rescreen_overdue() },
  due: { tone: 'refer', icon: 'waiting', text: () => m.rescreen_due() },
  contacted: { tone: 'accent', icon: 'check', text: () => m.rescreen_contacted() },
  attended: { tone: 'accent', icon: 'check', text: () => m.rescreen_attended() },
  later: { tone: 'waiting', icon: 'waiting', text: () => m.rescreen_later() },
};
