import type { LesionRule } from '../../../../electron/shared/clinical/lesion-rule';
import type {
  Answer,
  Confidence,
  Grade,
  Laser,
  Lesion,
  MacularSign,
  OtherDisease,
  UngradableReason,
} from '../../../../electron/shared/domain/reading';
import { m } from '../../../../electron/shared/messages/messages';

const GRADE_WORDS: Readonly<Record<Grade, () => string>> = {
  0: () => m.icdr_0(),
  1: () => m.icdr_1(),
  2: () => m.icdr_2(),
  3: () => m.icdr_3(),
  4: () => m.icdr_4(),
};
const REASONS: Readonly<Record<UngradableReason, () => string>> = {
  'vessels-undefinable': () => m.ungradable_vessels_undefinable(),
  'fovea-not-visible': () => m.ungradable_fovea_not_visible(),
  'field-cut': () => m.ungradable_field_cut(),
  'not-fundus': () => m.ungradable_not_fundus(),
};
const MACULAR: Readonly<Record<MacularSign, () => string>> = {
  none: () => m.macular_none(),
  'within-disc-diameter': () => m.macular_within_disc_diameter(),
  'other-group': () => m.macular_other_group(),
  'cannot-tell': () => m.macular_cannot_tell(),
};
const LESION_WORDS: Readonly<Record<Lesion, () => string>> = {
  microaneurysm: () => m.lesion_microaneurysm(),
  haemorrhage: () => m.lesion_haemorrhage(),
  'hard-exudate': () => m.lesion_hard_exudate(),
  'cotton-wool-spot': () => m.lesion_cotton_wool_spot(),
  'venous-loop': () => m.lesion_venous_loop(),
  'venous-beading': () => m.lesion_venous_beading(),
  'venous-beading-2q': () => m.lesion_venous_beading_2q(),
  'haemorrhages-4q': () => m.lesion_haemorrhages_4q(),
  irma: () => m.lesion_irma(),
  'new-vessels': () => m.lesion_new_vessels(),
  'preretinal-haemorrhage': () => m.lesion_preretinal_haemorrhage(),
  'vitreous-haemorrhage': () => m.lesion_vitreous_haemorrhage(),
};
const LASER_WORDS: Readonly<Record<Laser, () => string>> = {
  none: () => m.laser_none(),
  scars: () => m.laser_scars(),
  'treated-stable': () => m.laser_treated_stable(),
};
const OTHERS: Readonly<Record<OtherDisease, () => string>> = {
  cataract: () => m.other_cataract(),
  'disc-cupping': () => m.other_disc_cupping(),
  'disc-swelling': () => m.other_disc_swelling(),
  'vein-occlusion': () => m.other_vein_occlusion(),
  amd: () => m.other_amd(),
  detachment: () => m.other_detachment(),
};
const CONFIDENCE_WORDS: Readonly<Record<Confidence, () => string>> = {
  1: () => m.confidence_1(),
  2: () => m.confidence_2(),
  3: () => m.confidence_3(),
};
const RULES: Readonly<Record<LesionRule, () => string>> = {
  'no-lesions': () => m.lesion_rule_no_lesions(),
  'microaneurysms-only': () => m.lesion_rule_microaneurysms_only(),
  'more-than-microaneurysms': () => m.lesion_rule_more_than_microaneurysms(),
  'field-too-small': () => m.lesion_rule_field_too_small(),
  'four-two-one': () => m.lesion_rule_four_two_one(),
  proliferative: () => m.lesion_rule_proliferative(),
  'lone-cotton-wool-spot': () => m.lesion_rule_lone_cotton_wool_spot(),
  'haemorrhage-without-microaneurysm': () => m.lesion_rule_haemorrhage_without_microaneurysm(),
};

export function gradeWord(grade: Grade): string {
  return GRADE_WORDS[grade]();
}
export function reasonWord(reason: UngradableReason): string {
  return REASONS[reason]();
}
export function macularWord(sign: MacularSign): string {
  return MACULAR[sign]();
}
export function lesionWord(lesion: Lesion): string {
  return LESION_WORDS[lesion]();
}
export function laserWord(laser: Laser): string {
  return LASER_WORDS[laser]();
}
export function otherWord(disease: OtherDisease): string {
  return OTHERS[disease]();
}
export function confidenceWord(confidence: Confidence): string {
  return CONFIDENCE_WORDS[confidence]();
}
export function ruleWord(rule: LesionRule): string {
  return RULES[rule]();
}

/** An answer in one line, for lists beside each other. */
export function answerLine(answer: Pick<Answer, 'gradable' | 'grade' | 'macular'> & Partial<Pick<Answer, 'reasons'>>): string {
  if (!answer.gradable || answer.grade === null) return [m.reading_not_gradable(), ...(answer.reasons ?? []).map(reasonWord)].join(': ');
  const macular = answer.macular === null || answer.macular === 'none' ? '' : `, ${macularWord(answer.macular)}`;
  return `${answer.grade} ${gradeWord(answer.grade)}${macular}`;
}
