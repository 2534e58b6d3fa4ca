import type { LabelMethod, LeftOutReason, Part } from '../../../../electron/shared/domain/data-sets';
import { m } from '../../../../electron/shared/messages/messages';
import { wholeNumber } from '../../lib/format';

export const PART_WORDS: Readonly<Record<Part, () => string>> = {
  train: m.dataset_part_train,
  validation: m.dataset_part_validation,
  locked: m.dataset_part_locked,
};

export const METHOD_WORDS: Readonly<Record<LabelMethod, () => string>> = {
  adjudicated: m.dataset_method_adjudicated,
  agreement: m.dataset_method_agreement,
  single: m.dataset_method_single,
  unknown: m.dataset_method_unknown,
};

const LEFT_OUT: Readonly<Record<LeftOutReason, (inputs: { images: string }) => string>> = {
  undecided: m.dataset_left_undecided,
  'no-consent': m.dataset_left_no_consent,
  'patient-changed': m.dataset_left_patient_changed,
  'look-alike': m.dataset_left_look_alike,
  'other-part-elsewhere': m.dataset_left_elsewhere,
  'nothing-gradable': m.dataset_left_nothing_gradable,
};

/** How many photographs were left out, and why. */
export function leftOutText(reason: string, images: number): string {
  const text = Object.entries(LEFT_OUT).find(([known]) => known === reason)?.[1];
  return text?.({ images: wholeNumber(images) }) ?? '';
}
