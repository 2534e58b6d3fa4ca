/** The codes of capture, spelt the same in the database, the code and on screen. */

/** How a file came in; after the first step all are the same. */
export const CAPTURE_WAYS = ['files', 'drop', 'hot-folder', 'card'] as const;
export type CaptureWay = (typeof CAPTURE_WAYS)[number];

/** Why a file waits in the tray instead of lying with a patient. */
export const WAITING_REASONS = [
  'no-patient-named',
  'patient-unknown',
  'no-encounter-today',
  'names-another-patient',
  'older-than-patient',
  'with-another-patient',
] as const;
export type WaitingReason = (typeof WAITING_REASONS)[number];

/** Why a person set a file aside. */
export const DISMISSAL_REASONS = ['not-a-patient', 'taken-again', 'double'] as const;
export type DismissalReason = (typeof DISMISSAL_REASONS)[number];

/** What a technician says of an eye. */
export const EYE_STATEMENTS = ['present', 'absent', 'prosthesis', 'opaque', 'not-possible'] as const;
export type EyeStatementState = (typeof EYE_STATEMENTS)[number];

/** Why no photograph of an eye is possible. */
export const NOT_POSSIBLE_REASONS = ['tries-failed', 'cannot-sit', 'cannot-hold-still', 'eye-stays-closed', 'pain', 'refused'] as const;
export type NotPossibleReason = (typeof NOT_POSSIBLE_REASONS)[number];

/** Why a technician raises a result. */
export const RAISE_REASONS = ['saw-something', 'patient-reports', 'eye-looks-ill', 'doctor-asked'] as const;
export type RaiseReason = (typeof RAISE_REASONS)[number];

export const CORRECTION_KINDS = ['move', 'swap-eyes', 'wrong-patient', 'set-eye'] as const;
export type CorrectionKind = (typeof CORRECTION_KINDS)[number];
