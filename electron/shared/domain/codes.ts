/** The field's standard terms, spelt the same in the database, the code and on screen. */

export const EYES = ['right', 'left'] as const;
export type Eye = (typeof EYES)[number];

/** Why a photograph is hard to read. Order is the order of severity on screen. */
export const QUALITY_REASONS = ['not-fundus', 'field-cut', 'dark', 'bright', 'uneven', 'blur', 'compressed'] as const;
export type QualityReason = (typeof QUALITY_REASONS)[number];

export const BACKENDS = ['onnx', 'tensorflow', 'wasm'] as const;
export type BackendName = (typeof BACKENDS)[number];
export const BACKEND_CHOICES = ['auto', ...BACKENDS] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/** An image's own result: not a patient's decision. */
export const IMAGE_RESULTS = ['refer', 'no-refer', 'refer-ungradable', 'error'] as const;
export type ImageResult = (typeof IMAGE_RESULTS)[number];

export const PATIENT_RESULTS = ['refer', 'no-refer', 'ungradable', 'incomplete'] as const;
export type PatientResult = (typeof PATIENT_RESULTS)[number];

export const SITE_MODES = ['training', 'doctor-reads-all', 'ai-result-issued'] as const;
export type SiteMode = (typeof SITE_MODES)[number];

export const ROLES = ['technician', 'doctor', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** First argument of every service method; `local` with all roles until accounts exist. */
export interface Actor {
  userId: string;
  roles: readonly Role[];
}
export const LOCAL_ACTOR: Actor = { userId: 'local', roles: ROLES };
