import {
  CAMPAIGN_LEFT_OUT_REASONS,
  type AlertAction,
  type CampaignLeftOut,
  type CampaignLeftOutReason,
  type Selection,
} from '../../../../electron/shared/domain/reading';
import { m } from '../../../../electron/shared/messages/messages';

const SELECTIONS: Readonly<Record<Selection | 'practice', () => string>> = {
  all: () => m.selection_all(),
  random: () => m.selection_random(),
  ungradable: () => m.selection_ungradable(),
  appeals: () => m.selection_appeals(),
  'low-confidence': () => m.selection_low_confidence(),
  'active-learning': () => m.selection_active_learning(),
  'locked-test': () => m.selection_locked_test(),
  'label-noise': () => m.selection_label_noise(),
  'running-audit': () => m.selection_running_audit(),
  practice: () => m.selection_practice(),
};
const ACTIONS: Readonly<Record<AlertAction, () => string>> = {
  'patient-called': () => m.alert_patient_called(),
  'referred-already': () => m.alert_referred_already(),
  'not-urgent': () => m.alert_not_urgent(),
  'patient-unknown': () => m.alert_patient_unknown(),
};

const LEFT_OUT: Readonly<Record<CampaignLeftOutReason, (inputs: { count: number }) => string>> = {
  'not-retina': (inputs) => m.campaign_left_not_retina(inputs),
  unchecked: (inputs) => m.campaign_left_unchecked(inputs),
  'no-consent': (inputs) => m.campaign_left_no_consent(inputs),
  'not-declared': (inputs) => m.campaign_left_not_declared(inputs),
  'not-scored': (inputs) => m.campaign_left_not_scored(inputs),
};

/** A sentence for every reason. */
export function leftOutTexts(leftOut: CampaignLeftOut): string[] {
  return CAMPAIGN_LEFT_OUT_REASONS.flatMap((reason) => {
    const count = leftOut[reason];
    return count === undefined ? [] : [LEFT_OUT[reason]({ count })];
  });
}

export function selectionWord(selection: Selection | 'practice'): string {
  return SELECTIONS[selection]();
}
export function alertActionWord(action: AlertAction): string {
  return ACTIONS[action]();
}
