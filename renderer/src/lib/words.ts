import type { BackendName, Eye, ImageResult, PatientResult, QualityReason, Role, SiteMode } from '../../../electron/shared/domain/codes';
import type { EyeReason, ImageNote, PatientReason } from '../../../electron/shared/domain/screening';
import type { PatientGroup, RunState } from '../../../electron/shared/ipc/types';
import { m } from '../../../electron/shared/messages/messages';
import type { IconName } from './ui/icons';
import type { Tone } from './ui/tone';

/** How each code of the contract is said and drawn. Words are functions: they follow the language of the window. */
export interface Sign {
  tone: Tone;
  icon: IconName;
  text: () => string;
}

export const GROUP_SIGNS: Readonly<Record<PatientGroup, Sign>> = {
  urgent: { tone: 'urgent', icon: 'urgent', text: () => m.window_group_urgent() },
  refer: { tone: 'refer', icon: 'refer', text: () => m.window_group_refer() },
  ungradable: { tone: 'unread', icon: 'camera', text: () => m.window_group_ungradable() },
  incomplete: { tone: 'incomplete', icon: 'half', text: () => m.window_group_incomplete() },
  'no-refer': { tone: 'waiting', icon: 'waiting', text: () => m.window_group_waiting() },
};

/** One eye: the same signs, in the words of a result. */
export const EYE_SIGNS: Readonly<Record<PatientResult, Sign>> = {
  refer: { tone: 'refer', icon: 'refer', text: () => m.result_patient_refer() },
  ungradable: { tone: 'unread', icon: 'camera', text: () => m.result_patient_ungradable() },
  incomplete: { tone: 'incomplete', icon: 'half', text: () => m.result_patient_incomplete() },
  // Not "no referral": the model may raise, never clear.
  'no-refer': { tone: 'waiting', icon: 'waiting', text: () => m.window_below_threshold() },
};

export const IMAGE_SIGNS: Readonly<Record<ImageResult, Sign>> = {
  refer: { tone: 'refer', icon: 'refer', text: () => m.result_refer() },
  'refer-ungradable': { tone: 'unread', icon: 'camera', text: () => m.result_refer_ungradable() },
  error: { tone: 'incomplete', icon: 'failed', text: () => m.result_error() },
  'no-refer': { tone: 'waiting', icon: 'waiting', text: () => m.window_below_threshold() },
};

export const RUN_SIGNS: Readonly<Record<RunState, Sign>> = {
  running: { tone: 'accent', icon: 'play', text: () => m.window_run_running() },
  interrupted: { tone: 'refer', icon: 'stop', text: () => m.window_run_interrupted() },
  cancelled: { tone: 'waiting', icon: 'stop', text: () => m.window_run_cancelled() },
  done: { tone: 'waiting', icon: 'check', text: () => m.window_run_done() },
};

const QUALITY_REASONS: Readonly<Record<QualityReason, { what: () => string; next: () => string }>> = {
  'not-fundus': { what: () => m.reason_not_fundus(), next: () => m.reason_not_fundus_next() },
  'field-cut': { what: () => m.reason_field_cut(), next: () => m.reason_field_cut_next() },
  dark: { what: () => m.reason_dark(), next: () => m.reason_dark_next() },
  bright: { what: () => m.reason_bright(), next: () => m.reason_bright_next() },
  uneven: { what: () => m.reason_uneven(), next: () => m.reason_uneven_next() },
  blur: { what: () => m.reason_blur(), next: () => m.reason_blur_next() },
  compressed: { what: () => m.reason_compressed(), next: () => m.reason_compressed_next() },
};

const EYE_REASONS: Readonly<Record<EyeReason, () => string>> = {
  score: () => m.eye_reason_score(),
  opaque: () => m.eye_reason_opaque(),
  absent: () => m.eye_reason_absent(),
  'not-possible': () => m.eye_reason_not_possible(),
  missing: () => m.eye_reason_missing(),
  'field-missing': () => m.eye_reason_field_missing(),
  'file-failed': () => m.eye_reason_file_failed(),
  'not-fundus': () => m.eye_reason_not_fundus(),
  ungradable: () => m.eye_reason_ungradable(),
  'not-scored': () => m.eye_reason_not_scored(),
  'below-threshold': () => m.eye_reason_below_threshold(),
};

const PATIENT_REASONS: Readonly<Record<PatientReason, () => string>> = {
  score: () => m.patient_reason_score(),
  'opaque-eye': () => m.patient_reason_opaque_eye(),
  raised: () => m.patient_reason_raised(),
  ungradable: () => m.patient_reason_ungradable(),
  'eye-missing': () => m.patient_reason_eye_missing(),
  'file-failed': () => m.patient_reason_file_failed(),
  'eye-unknown': () => m.patient_reason_eye_unknown(),
  'not-scored': () => m.patient_reason_not_scored(),
  'below-threshold': () => m.patient_reason_below_threshold(),
};

const NOTES: Readonly<Record<ImageNote, () => string>> = {
  'patient-unknown': () => m.note_patient_unknown(),
  'eye-unknown': () => m.note_eye_unknown(),
  'duplicate-content': () => m.note_duplicate_content(),
  'duplicate-content-contradicts': () => m.note_duplicate_content_contradicts(),
};

const BACKENDS: Readonly<Record<BackendName, () => string>> = {
  onnx: () => m.backend_onnx(),
  tensorflow: () => m.backend_tensorflow(),
  wasm: () => m.backend_wasm(),
};

const SITE_MODES: Readonly<Record<SiteMode, { short: () => string; full: () => string }>> = {
  training: { short: () => m.window_mode_training(), full: () => m.site_mode_training() },
  'doctor-reads-all': { short: () => m.window_mode_doctor_reads_all(), full: () => m.site_mode_doctor_reads_all() },
  'ai-result-issued': { short: () => m.window_mode_ai_result_issued(), full: () => m.site_mode_ai_result_issued() },
};

export function qualityReason(code: QualityReason): string {
  return QUALITY_REASONS[code].what();
}

/** What whoever holds the camera does about it. */
export function qualityNextStep(code: QualityReason): string {
  return QUALITY_REASONS[code].next();
}

export function eyeReason(code: EyeReason): string {
  return EYE_REASONS[code]();
}

export function patientReason(code: PatientReason): string {
  return PATIENT_REASONS[code]();
}

export function imageNote(code: ImageNote): string {
  return NOTES[code]();
}

export function backendName(code: BackendName): string {
  return BACKENDS[code]();
}

export function siteMode(code: SiteMode): { short: string; full: string } {
  return { short: SITE_MODES[code].short(), full: SITE_MODES[code].full() };
}

export function eyeName(eye: Eye | null): string {
  if (eye === null) return m.eye_unknown();
  return eye === 'right' ? m.window_right_eye() : m.window_left_eye();
}

const ROLE_NAMES: Readonly<Record<Role, () => string>> = {
  technician: () => m.role_technician(),
  doctor: () => m.role_doctor(),
  admin: () => m.role_admin(),
};

export function roleName(role: Role): string {
  return ROLE_NAMES[role]();
}
