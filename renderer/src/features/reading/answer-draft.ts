import {
  type Answer,
  CONFIDENCES,
  type Grade,
  LASER,
  type Lesion,
  MACULAR_SIGNS,
  type OtherDisease,
  type UngradableReason,
} from '../../../../electron/shared/domain/reading';

/** An answer in the making: `gradable` is null until something was chosen. Nothing is preselected but what a healthy eye has. */
export type Draft = Omit<Answer, 'gradable'> & { gradable: boolean | null };

export const EMPTY_DRAFT: Draft = {
  gradable: null,
  reasons: [],
  grade: null,
  macular: 'none',
  centreInvolved: null,
  lesions: [],
  laser: 'none',
  otherDisease: [],
  referOther: false,
  confidence: 3,
  note: '',
};

export function draftOf(answer: Answer): Draft {
  return { ...answer, macular: answer.macular ?? 'none' };
}

/** What would be stored; null while something is missing. */
export function answerOf(draft: Draft): Answer | null {
  const { gradable, grade, reasons } = draft;
  if (gradable === true && grade !== null) return { ...draft, gradable, grade, reasons: [] };
  if (gradable === false && reasons.length > 0) {
    return { ...draft, gradable, grade: null, macular: null, centreInvolved: null, reasons };
  }
  return null;
}

export function withGrade(draft: Draft, grade: Grade): Draft {
  return { ...draft, gradable: true, grade, reasons: [] };
}

export function notGradable(draft: Draft): Draft {
  return { ...draft, gradable: false, grade: null };
}

export function toggleReason(draft: Draft, reason: UngradableReason): Draft {
  return { ...notGradable(draft), reasons: toggled(draft.reasons, reason) };
}

export function toggleLesion(draft: Draft, lesion: Lesion): Draft {
  return { ...draft, lesions: toggled(draft.lesions, lesion) };
}

export function toggleOther(draft: Draft, disease: OtherDisease): Draft {
  return { ...draft, otherDisease: toggled(draft.otherDisease, disease) };
}

export function nextMacular(draft: Draft): Draft {
  return { ...draft, macular: next(MACULAR_SIGNS, draft.macular ?? 'none') };
}

export function nextLaser(draft: Draft): Draft {
  return { ...draft, laser: next(LASER, draft.laser) };
}

/** From sure to unsure and back to sure. */
export function nextConfidence(draft: Draft): Draft {
  return { ...draft, confidence: next([...CONFIDENCES].reverse(), draft.confidence) };
}

/** Not asked, yes, no: only for who has seen an OCT. */
export function nextCentre(draft: Draft): Draft {
  return { ...draft, centreInvolved: draft.centreInvolved === null ? true : draft.centreInvolved ? false : null };
}

function toggled<T>(items: readonly T[], item: T): T[] {
  return items.includes(item) ? items.filter((each) => each !== item) : [...items, item];
}

function next<T>(items: readonly T[], item: T): T {
  return items[(items.indexOf(item) + 1) % items.length] ?? item;
}
