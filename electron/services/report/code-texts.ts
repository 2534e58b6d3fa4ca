import type { ImageResult, QualityReason } from '../../shared/domain/codes';
import type { EyeReason, ImageNote, PatientReason } from '../../shared/domain/screening';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';

type Text = (inputs: Record<string, never>, options: { locale: Locale }) => string;

const IMAGE_RESULTS: Record<ImageResult, Text> = {
  refer: m.result_refer,
  'no-refer': m.result_no_refer,
  'refer-ungradable': m.result_refer_ungradable,
  error: m.result_error,
};

const QUALITY_REASONS: Record<QualityReason, Text> = {
  'not-fundus': m.reason_not_fundus,
  'field-cut': m.reason_field_cut,
  dark: m.reason_dark,
  bright: m.reason_bright,
  uneven: m.reason_uneven,
  blur: m.reason_blur,
  compressed: m.reason_compressed,
};

const EYE_REASONS: Record<EyeReason, Text> = {
  score: m.eye_reason_score,
  opaque: m.eye_reason_opaque,
  absent: m.eye_reason_absent,
  'not-possible': m.eye_reason_not_possible,
  missing: m.eye_reason_missing,
  'field-missing': m.eye_reason_field_missing,
  'file-failed': m.eye_reason_file_failed,
  'not-fundus': m.eye_reason_not_fundus,
  ungradable: m.eye_reason_ungradable,
  'not-scored': m.eye_reason_not_scored,
  'below-threshold': m.eye_reason_below_threshold,
};

const PATIENT_REASONS: Record<PatientReason, Text> = {
  score: m.patient_reason_score,
  'opaque-eye': m.patient_reason_opaque_eye,
  raised: m.patient_reason_raised,
  ungradable: m.patient_reason_ungradable,
  'eye-missing': m.patient_reason_eye_missing,
  'file-failed': m.patient_reason_file_failed,
  'eye-unknown': m.patient_reason_eye_unknown,
  'not-scored': m.patient_reason_not_scored,
  'below-threshold': m.patient_reason_below_threshold,
};

const NOTES: Record<ImageNote, Text> = {
  'patient-unknown': m.note_patient_unknown,
  'eye-unknown': m.note_eye_unknown,
  'duplicate-content': m.note_duplicate_content,
  'duplicate-content-contradicts': m.note_duplicate_content_contradicts,
};

export function imageResultText(code: ImageResult, locale: Locale): string {
  return IMAGE_RESULTS[code]({}, { locale });
}

export function qualityReasonText(code: QualityReason, locale: Locale): string {
  return QUALITY_REASONS[code]({}, { locale });
}

export function eyeReasonText(code: EyeReason, locale: Locale): string {
  return EYE_REASONS[code]({}, { locale });
}

export function patientReasonText(code: PatientReason, locale: Locale): string {
  return PATIENT_REASONS[code]({}, { locale });
}

export function noteText(code: ImageNote, locale: Locale): string {
  return NOTES[code]({}, { locale });
}
