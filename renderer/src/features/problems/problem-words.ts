import type { ProblemKind } from '../../../../electron/shared/domain/papers';
import { m } from '../../../../electron/shared/messages/messages';

export const PROBLEM_WORDS: Readonly<Record<ProblemKind, () => string>> = {
  missed: () => m.problem_kind_missed(),
  'false-alarm': () => m.problem_kind_false_alarm(),
  'wrong-patient': () => m.problem_kind_wrong_patient(),
  'wrong-eye': () => m.problem_kind_wrong_eye(),
  'wrong-words': () => m.problem_kind_wrong_words(),
  'cannot-work': () => m.problem_kind_cannot_work(),
  other: () => m.problem_kind_other(),
};
