import { z } from 'zod';

/** What a site may ask of a patient at the desk. The short id is always there; of the rest the site says what it needs. */

export const SEXES = ['female', 'male', 'other'] as const;
export type Sex = (typeof SEXES)[number];

export const DIABETES_TYPES = ['type-1', 'type-2', 'other', 'unknown'] as const;
export type DiabetesType = (typeof DIABETES_TYPES)[number];
export const DIABETES_TREATMENTS = ['diet', 'tablets', 'insulin', 'tablets-and-insulin'] as const;
export type DiabetesTreatment = (typeof DIABETES_TREATMENTS)[number];

/** Languages a slip can be in. */
export const PATIENT_LANGUAGES = ['en', 'hi', 'ta'] as const;
export type PatientLanguage = (typeof PATIENT_LANGUAGES)[number];

const text = (length: number) => z.string().trim().min(1).max(length).nullable();

/** National identity numbers are never stored: there is no field for one. */
export const identitySchema = z.strictObject({
  name: text(120),
  yearOfBirth: z.number().int().min(1900).max(2200).nullable(),
  sex: z.enum(SEXES).nullable(),
  /** As written; a search looks at its digits. */
  phone: z
    .string()
    .trim()
    .regex(/^[0-9+][0-9 -]{5,18}$/)
    .nullable(),
  village: text(120),
  language: z.enum(PATIENT_LANGUAGES).nullable(),
  diabetes: z.strictObject({
    type: z.enum(DIABETES_TYPES).nullable(),
    sinceYear: z.number().int().min(1900).max(2200).nullable(),
    treatment: z.enum(DIABETES_TREATMENTS).nullable(),
  }),
});
export type Identity = z.output<typeof identitySchema>;

export const EMPTY_IDENTITY: Identity = {
  name: null,
  yearOfBirth: null,
  sex: null,
  phone: null,
  village: null,
  language: null,
  diabetes: { type: null, sinceYear: null, treatment: null },
};

/** The fields that a site can make obligatory. */
export const REQUIRABLE_FIELDS = ['name', 'yearOfBirth', 'sex', 'phone', 'village', 'language'] as const;
export type RequirableField = (typeof REQUIRABLE_FIELDS)[number];

/** The four answers, in the order they are asked. */
export const CONSENT_ANSWERS = ['screening', 'contact', 'sharing', 'training'] as const;
export type ConsentAnswer = (typeof CONSENT_ANSWERS)[number];
export type ConsentAnswers = Record<ConsentAnswer, boolean>;

export const CONSENT_WAYS = ['signature', 'thumbprint-and-witness', 'read-aloud'] as const;
export type ConsentWay = (typeof CONSENT_WAYS)[number];
export const CONSENT_GIVERS = ['patient', 'guardian'] as const;
export type ConsentGiver = (typeof CONSENT_GIVERS)[number];

/** Of the notice that is read out: its text is in the catalogues (`consent_notice_*`). A changed text is a new version. */
export const NOTICE_VERSION = '2026-1';

/** Where a patient stands today. In this order on the worklist's filter. */
export const WORKLIST_STATES = ['waiting', 'photographing', 'retake', 'result', 'slip-given', 'referred', 'called-back'] as const;
export type WorklistState = (typeof WORKLIST_STATES)[number];

export const CALL_BACK_REASONS = ['later-read', 'correction', 'model-recall'] as const;
export type CallBackReason = (typeof CALL_BACK_REASONS)[number];
export const CALL_BACK_ENDS = ['reached', 'seen-by-doctor', 'died'] as const;
export type CallBackEnd = (typeof CALL_BACK_ENDS)[number];

export const CONTACT_SUBJECTS = ['referral', 'rescreen', 'call-back'] as const;
export type ContactSubject = (typeof CONTACT_SUBJECTS)[number];
export const CONTACT_WAYS = ['phone', 'visit', 'message'] as const;
export type ContactWay = (typeof CONTACT_WAYS)[number];
export const CONTACT_RESULTS = ['reached', 'no-answer', 'wrong-number', 'will-come', 'will-not-come'] as const;
export type ContactResult = (typeof CONTACT_RESULTS)[number];

export const REFERRAL_EVENTS = ['attended', 'treated', 'not-attended'] as const;
export type ReferralEventCode = (typeof REFERRAL_EVENTS)[number];
export const REFERRAL_SOURCES = ['person', 'phone', 'letter', 'csv'] as const;
export type ReferralSource = (typeof REFERRAL_SOURCES)[number];

export const RESCREEN_STATES = ['overdue', 'due', 'contacted', 'attended', 'later'] as const;
export type RescreenState = (typeof RESCREEN_STATES)[number];

/** Years, from a year of birth alone: the younger of the two possible ages, so that a child is never taken for an adult. */
export function youngestAge(yearOfBirth: number, thisYear: number): number {
  return Math.max(0, thisYear - yearOfBirth - 1);
}
