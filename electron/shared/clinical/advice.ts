import type { PatientResult, SiteMode } from '../domain/codes';

/** The four values of an AI result. Grade words are not among them: they come from a doctor only. */
export const AI_RESULTS = ['refer-urgently', 'refer', 'no-referral', 'could-not-be-read'] as const;
export type AiResult = (typeof AI_RESULTS)[number];

/** What the patient is told to do: one of the fixed sentences of the catalogue (`advice_*`). */
export const ADVICE = [
  'see-doctor-now',
  'see-doctor-by',
  'come-again',
  'take-photo-again',
  'could-not-see',
  'doctor-will-read',
  'incomplete',
] as const;
export type Advice = (typeof ADVICE)[number];

export interface AdviceSite {
  siteMode: SiteMode;
  /** A named doctor has signed a validation on this site's own patients. */
  validatedHere: boolean;
}

/** The AI result, or null where the examination is not finished: an incomplete one has no result yet. */
export function aiResult(patient: { result: PatientResult; urgent: boolean }): AiResult | null {
  switch (patient.result) {
    case 'refer':
      return patient.urgent ? 'refer-urgently' : 'refer';
    case 'ungradable':
      return 'could-not-be-read';
    case 'no-refer':
      return 'no-referral';
    case 'incomplete':
      return null;
  }
}

/**
 * What follows from a patient's result at this site. The model may raise, never clear: "come again" is only said where
 * AI results are issued *and* a doctor has signed the validation here; elsewhere a doctor reads first.
 * `retakePossible` is false after three failed tries: then an eye doctor looks instead of the camera.
 */
export function adviceFor(patient: { result: PatientResult; urgent: boolean }, site: AdviceSite, retakePossible = true): Advice {
  switch (patient.result) {
    case 'refer':
      return patient.urgent ? 'see-doctor-now' : 'see-doctor-by';
    case 'ungradable':
      return retakePossible ? 'take-photo-again' : 'could-not-see';
    case 'incomplete':
      return retakePossible ? 'incomplete' : 'could-not-see';
    case 'no-refer':
      return site.siteMode === 'ai-result-issued' && site.validatedHere ? 'come-again' : 'doctor-will-read';
  }
}
