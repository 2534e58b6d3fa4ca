import {
  type Grade,
  GRADES,
  LESIONS,
  type Lesion,
  OTHER_DISEASES,
  type OtherDisease,
  UNGRADABLE_REASONS,
  type UngradableReason,
} from '../../../../electron/shared/domain/reading';

/**
 * What a key does while reading. All lie under the left hand, so that the right one stays on the mouse; the digits of a number pad do the same as
 * those of the row. Letters go by their place on the keyboard, whatever its language.
 */
export type ReadingCommand =
  | { name: 'grade'; grade: Grade }
  | { name: 'not-gradable' }
  | { name: 'reason'; reason: UngradableReason }
  | { name: 'lesion'; lesion: Lesion }
  | { name: 'other'; disease: OtherDisease }
  | { name: SimpleCommand };
type SimpleCommand =
  | 'save'
  | 'undo'
  | 'macular'
  | 'urgent'
  | 'red-free'
  | 'lesions'
  | 'laser'
  | 'others'
  | 'refer-other'
  | 'confidence'
  | 'marks'
  | 'one-to-one'
  | 'reset-colours'
  | 'companion'
  | 'note'
  | 'centre'
  | 'clear';

/** Some groups of keys mean something else while their list is open. */
export type ReadingMode = 'grade' | 'lesions' | 'others' | 'reasons';

const SIMPLE: Readonly<Record<string, SimpleCommand>> = {
  Space: 'save',
  Enter: 'save',
  NumpadEnter: 'save',
  KeyZ: 'undo',
  Backspace: 'undo',
  KeyW: 'macular',
  KeyE: 'urgent',
  KeyR: 'red-free',
  KeyA: 'lesions',
  KeyS: 'laser',
  KeyD: 'others',
  KeyF: 'confidence',
  KeyG: 'marks',
  KeyX: 'one-to-one',
  KeyC: 'reset-colours',
  KeyV: 'companion',
  KeyT: 'note',
  KeyB: 'centre',
  Escape: 'clear',
};

/** In the shape of the keyboard: the first row of lesions under Q W E R, the next under A S D F, the last under Z X C V. */
const LESION_KEYS = ['Q', 'W', 'E', 'R', 'A', 'S', 'D', 'F', 'Z', 'X', 'C', 'V'] as const;

type Key = Pick<KeyboardEvent, 'code' | 'ctrlKey' | 'altKey' | 'metaKey'>;

/** @returns null for a key that means nothing here, and with a modifier: those belong to the menu */
export function readingCommand(key: Key, mode: ReadingMode): ReadingCommand | null {
  if (key.ctrlKey || key.altKey || key.metaKey) return null;
  const { code } = key;
  if (mode === 'lesions') {
    const lesion = LESIONS[LESION_KEYS.findIndex((letter) => code === `Key${letter}`)];
    if (lesion !== undefined) return { name: 'lesion', lesion };
    if (code === 'Space' || code === 'Escape' || code === 'KeyG') return { name: 'lesions' };
  }
  const digit = digitOf(code);
  if (digit !== null) {
    if (mode === 'reasons') {
      const reason = UNGRADABLE_REASONS[digit - 1];
      return reason === undefined ? null : { name: 'reason', reason };
    }
    if (mode === 'others') {
      if (digit === 0) return { name: 'refer-other' };
      const disease = OTHER_DISEASES[digit - 1];
      return disease === undefined ? null : { name: 'other', disease };
    }
    const grade = GRADES.find((each) => each === digit);
    return grade === undefined ? null : { name: 'grade', grade };
  }
  if (mode === 'others' && (code === 'Space' || code === 'Escape')) return { name: 'others' };
  if (code === 'KeyQ') return { name: 'not-gradable' };
  const simple = SIMPLE[code];
  return simple === undefined ? null : { name: simple };
}

/** 0 lies left of 1 too, under the same hand. */
function digitOf(code: string): number | null {
  if (code === 'Backquote') return 0;
  const found = /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
  return found === undefined ? null : Number(found);
}

export function lesionKey(lesion: Lesion): string {
  return LESION_KEYS[LESIONS.indexOf(lesion)] ?? '';
}
