/** After so many photographs that cannot be read: stop and refer (clinical.md, "Before the photograph"). */
export const TRIES_BEFORE_STOP = 3;
/** After so many, drops are worth their trouble, where a doctor's standing order allows them. */
const TRIES_BEFORE_DROPS = 2;

export const NEXT_STEPS = ['photograph', 'retake', 'dilate', 'stop-and-refer', 'done', 'excused', 'refers'] as const;
/** What to do next about an eye. */
export type NextStep = (typeof NEXT_STEPS)[number];

export interface EyeAtCamera {
  /** Every field that the protocol asks for is gradable. */
  complete: boolean;
  /** Absent or a prosthesis. */
  excused: boolean;
  /** Opaque, or said to be impossible to photograph: no further photograph is asked for. */
  refers: boolean;
  photographs: number;
  /** Photographs that could not be read; after drops only those taken since. */
  failedTries: number;
  dilated: boolean;
  /** A standing order is in force and the checklist has not forbidden drops to this patient. */
  mayDilate: boolean;
}

/**
 * What to do next. A retake is offered until three tries have failed; before the last of them, or instead of stopping, the pupil is widened
 * where that is allowed. An eye that is complete stays complete, whatever failed beside it.
 */
export function nextStep(eye: EyeAtCamera): NextStep {
  if (eye.complete) return 'done';
  if (eye.excused) return 'excused';
  if (eye.refers) return 'refers';
  if (eye.failedTries >= TRIES_BEFORE_DROPS && eye.mayDilate && !eye.dilated) return 'dilate';
  if (eye.failedTries >= TRIES_BEFORE_STOP) return 'stop-and-refer';
  return eye.failedTries > 0 ? 'retake' : 'photograph';
}

/** False once nothing more is asked of the camera for this eye. */
export function retakePossible(step: NextStep): boolean {
  return step === 'photograph' || step === 'retake' || step === 'dilate';
}

/** What forbids drops when answered with yes (clinical.md, "Before the photograph"). */
export const DILATION_CHECKS = ['angle-closure', 'allergy', 'eye-surgery', 'driving-home', 'pregnancy'] as const;
export type DilationCheck = (typeof DILATION_CHECKS)[number];
export type DilationChecklist = Record<DilationCheck, boolean>;

/** Only with every question answered, and every answer no. */
export function dropsAllowed(checklist: DilationChecklist): boolean {
  return DILATION_CHECKS.every((check) => checklist[check] === false);
}
