import type { Answer, Grade, Laser, Lesion } from '../domain/reading';

/** Why the rule says what it says; its text is `lesion_rule_<code>`. */
export const LESION_RULES = [
  'no-lesions',
  'microaneurysms-only',
  'more-than-microaneurysms',
  'field-too-small',
  'four-two-one',
  'proliferative',
  'lone-cotton-wool-spot',
  'haemorrhage-without-microaneurysm',
] as const;
export type LesionRule = (typeof LESION_RULES)[number];

export interface LesionFinding {
  rule: LesionRule;
  /** The grade that the lesions speak for; null where no rule may say. */
  suggested: Grade | null;
  /** Grades that do not contradict the lesions. */
  possible: readonly Grade[];
  /** Such lesions go to adjudication, whatever the readers' grades. */
  adjudicate: boolean;
}

const PROLIFERATIVE: readonly Lesion[] = ['new-vessels', 'preretinal-haemorrhage', 'vitreous-haemorrhage'];
const SEVERE: readonly Lesion[] = ['haemorrhages-4q', 'venous-beading-2q', 'irma'];

/**
 * ICDR from the lesions ticked: microaneurysms only = mild, anything more = moderate, 4-2-1 = severe, new vessels or bleeding before the retina =
 * proliferative (reference: ICDR as in care.diabetesjournals.org, table 1). One photograph shows no four full quadrants, so that beading in the one
 * quadrant that is seen leaves severe open. A lone cotton-wool spot, or bleeding without a microaneurysm and nothing more, is for adjudication and never
 * for grade 0. The rule suggests; the reader grades.
 */
export function findLesions(lesions: readonly Lesion[]): LesionFinding {
  const has = (lesion: Lesion): boolean => lesions.includes(lesion);
  if (lesions.some((lesion) => PROLIFERATIVE.includes(lesion))) return plain('proliferative', 4);
  if (lesions.some((lesion) => SEVERE.includes(lesion))) return plain('four-two-one', 3);
  if (has('venous-beading')) return { rule: 'field-too-small', suggested: 2, possible: [2, 3], adjudicate: false };
  const [only, ...others] = lesions;
  if (only === undefined) return plain('no-lesions', 0);
  if (others.length === 0) {
    if (only === 'microaneurysm') return plain('microaneurysms-only', 1);
    if (only === 'cotton-wool-spot') return { rule: 'lone-cotton-wool-spot', suggested: null, possible: [1, 2], adjudicate: true };
    if (only === 'haemorrhage') return { rule: 'haemorrhage-without-microaneurysm', suggested: null, possible: [1, 2], adjudicate: true };
  }
  return plain('more-than-microaneurysms', 2);
}

function plain(rule: LesionRule, grade: Grade): LesionFinding {
  return { rule, suggested: grade, possible: [grade], adjudicate: false };
}

/**
 * Whether grade and lesions contradict each other. Without a lesion ticked nothing is said of them: a reader may grade without ticking. Scars of a treated,
 * stable proliferative eye are a state of their own: grade 4 without new vessels contradicts it.
 */
export function contradicts(answer: { grade: Grade | null; lesions: readonly Lesion[]; laser: Laser }): boolean {
  if (answer.grade === null) return false;
  const active = answer.lesions.some((lesion) => PROLIFERATIVE.includes(lesion));
  if (answer.laser === 'treated-stable' && answer.grade === 4 && !active) return true;
  return answer.lesions.length > 0 && !findLesions(answer.lesions).possible.includes(answer.grade);
}

/** Grade 2 or more, or suspected macular oedema: exudate within a disc diameter of the fovea, or a group of exudates in the macula. */
export function isReferable(answer: Pick<Answer, 'grade' | 'macular' | 'centreInvolved'>): boolean {
  if (answer.grade === null) return false;
  return (
    answer.grade >= 2 || answer.macular === 'within-disc-diameter' || answer.macular === 'other-group' || answer.centreInvolved === true
  );
}

/** What adjudication settles: gradability, grade, macular signs. Lesions and the rest may differ. */
export function sayTheSame(answers: readonly Pick<Answer, 'gradable' | 'grade' | 'macular' | 'centreInvolved'>[]): boolean {
  const [first, ...others] = answers;
  if (first === undefined) return true;
  return others.every(
    (other) =>
      other.gradable === first.gradable &&
      other.grade === first.grade &&
      other.macular === first.macular &&
      other.centreInvolved === first.centreInvolved,
  );
}
