import type { AiResult } from '../../../../electron/shared/clinical/advice';
import type { DilationCheck, NextStep } from '../../../../electron/shared/clinical/coaching';
import type { Field } from '../../../../electron/shared/clinical/protocol';
import type {
  DismissalReason,
  EyeStatementState,
  NotPossibleReason,
  RaiseReason,
  WaitingReason,
} from '../../../../electron/shared/domain/capture';
import type { ResultView } from '../../../../electron/shared/ipc/capture';
import { m } from '../../../../electron/shared/messages/messages';
import type { IconName } from '../../lib/ui/icons';
import type { Tone } from '../../lib/ui/tone';

/** How the codes of capture are said. Words are functions: they follow the language of the window. */
type Words<Code extends string> = Readonly<Record<Code, () => string>>;

interface StepSign {
  tone: Tone;
  icon: IconName;
  text: () => string;
}

export const STEP_SIGNS: Readonly<Record<NextStep, StepSign>> = {
  photograph: { tone: 'waiting', icon: 'camera', text: () => m.capture_step_photograph() },
  retake: { tone: 'unread', icon: 'again', text: () => m.capture_step_retake() },
  dilate: { tone: 'unread', icon: 'again', text: () => m.capture_step_dilate() },
  'stop-and-refer': { tone: 'urgent', icon: 'stop', text: () => m.capture_step_stop() },
  done: { tone: 'accent', icon: 'check', text: () => m.capture_step_done() },
  excused: { tone: 'waiting', icon: 'check', text: () => m.capture_step_excused() },
  refers: { tone: 'refer', icon: 'refer', text: () => m.capture_step_refers() },
};

export const AI_RESULT_WORDS: Words<AiResult> = {
  'refer-urgently': () => m.capture_ai_refer_urgently(),
  refer: () => m.capture_ai_refer(),
  'no-referral': () => m.capture_ai_no_referral(),
  'could-not-be-read': () => m.capture_ai_could_not_be_read(),
};

export const SOURCE_WORDS: Words<ResultView['source']> = {
  ai: () => m.capture_source_ai(),
  technician: () => m.capture_source_technician(),
  doctor: () => m.capture_source_doctor(),
};

export const WAITING_WORDS: Words<WaitingReason> = {
  'no-patient-named': () => m.capture_because_no_patient_named(),
  'patient-unknown': () => m.capture_because_patient_unknown(),
  'no-encounter-today': () => m.capture_because_no_encounter_today(),
  'names-another-patient': () => m.capture_because_names_another_patient(),
  'older-than-patient': () => m.capture_because_older_than_patient(),
  'with-another-patient': () => m.capture_because_with_another_patient(),
};

export const DISMISSAL_WORDS: Words<DismissalReason> = {
  'not-a-patient': () => m.capture_set_aside_not_a_patient(),
  'taken-again': () => m.capture_set_aside_taken_again(),
  double: () => m.capture_set_aside_double(),
};

export const STATE_WORDS: Words<EyeStatementState> = {
  present: () => m.capture_state_present(),
  absent: () => m.capture_state_absent(),
  prosthesis: () => m.capture_state_prosthesis(),
  opaque: () => m.capture_state_opaque(),
  'not-possible': () => m.capture_state_not_possible(),
};

export const NOT_POSSIBLE_WORDS: Words<NotPossibleReason> = {
  'tries-failed': () => m.capture_why_tries_failed(),
  'cannot-sit': () => m.capture_why_cannot_sit(),
  'cannot-hold-still': () => m.capture_why_cannot_hold_still(),
  'eye-stays-closed': () => m.capture_why_eye_stays_closed(),
  pain: () => m.capture_why_pain(),
  refused: () => m.capture_why_refused(),
};

export const RAISE_WORDS: Words<RaiseReason> = {
  'saw-something': () => m.capture_raise_saw_something(),
  'patient-reports': () => m.capture_raise_patient_reports(),
  'eye-looks-ill': () => m.capture_raise_eye_looks_ill(),
  'doctor-asked': () => m.capture_raise_doctor_asked(),
};

export const CHECK_WORDS: Words<DilationCheck> = {
  'angle-closure': () => m.capture_check_angle_closure(),
  allergy: () => m.capture_check_allergy(),
  'eye-surgery': () => m.capture_check_eye_surgery(),
  'driving-home': () => m.capture_check_driving_home(),
  pregnancy: () => m.capture_check_pregnancy(),
};

export const FIELD_WORDS: Words<Field> = {
  macula: () => m.capture_field_macula(),
  disc: () => m.capture_field_disc(),
};
