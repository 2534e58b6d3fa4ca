import {
  type Draft,
  nextCentre,
  nextConfidence,
  nextLaser,
  nextMacular,
  notGradable,
  toggleLesion,
  toggleOther,
  toggleReason,
  withGrade,
} from './answer-draft';
import type { ReadingCommand, ReadingMode } from './reading-keys';

/** The answer after a key; null for a key that is not about the answer. */
export function obeyDraft(draft: Draft, command: ReadingCommand): Draft | null {
  switch (command.name) {
    case 'grade':
      return withGrade(draft, command.grade);
    case 'not-gradable':
      return notGradable(draft);
    case 'reason':
      return toggleReason(draft, command.reason);
    case 'lesion':
      return toggleLesion(draft, command.lesion);
    case 'other':
      return toggleOther(draft, command.disease);
    case 'refer-other':
      return { ...draft, referOther: !draft.referOther };
    case 'macular':
      return draft.gradable === false ? draft : nextMacular(draft);
    case 'laser':
      return nextLaser(draft);
    case 'confidence':
      return nextConfidence(draft);
    case 'centre':
      return draft.gradable === false ? draft : nextCentre(draft);
    case 'clear':
      return { ...draft, gradable: null, grade: null, reasons: [] };
    default:
      return null;
  }
}

/** Which group of keys is open after a key, pressed while `draft` was on screen. */
export function modeAfter(mode: ReadingMode, draft: Draft, command: ReadingCommand): ReadingMode {
  switch (command.name) {
    case 'not-gradable':
      return 'reasons';
    case 'clear':
      return 'grade';
    case 'lesions':
      return mode === 'lesions' || draft.gradable === false ? 'grade' : 'lesions';
    case 'others':
      if (mode !== 'others') return 'others';
      return draft.gradable === false ? 'reasons' : 'grade';
    default:
      return mode;
  }
}
