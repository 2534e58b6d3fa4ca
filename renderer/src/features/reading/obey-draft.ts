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
import type { ReadingCommand } from './reading-keys';

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
