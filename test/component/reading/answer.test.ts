import { describe, expect, test } from 'vitest';
import { ActiveTime } from '../../../renderer/src/features/reading/active-time';
import {
  answerOf,
  EMPTY_DRAFT,
  nextConfidence,
  nextMacular,
  notGradable,
  toggleReason,
  withGrade,
} from '../../../renderer/src/features/reading/answer-draft';
import { modeAfter, obeyDraft } from '../../../renderer/src/features/reading/obey-draft';
import { readingCommand, type ReadingMode } from '../../../renderer/src/features/reading/reading-keys';

function key(code: string, mode: ReadingMode = 'grade') {
  return readingCommand({ code, ctrlKey: false, altKey: false, metaKey: false }, mode);
}

describe('a draft', () => {
  test('has no grade preselected and is no answer before one is chosen', () => {
    expect(answerOf(EMPTY_DRAFT)).toBeNull();
    expect(answerOf(withGrade(EMPTY_DRAFT, 0))).toMatchObject({ gradable: true, grade: 0, macular: 'none' });
  });

  test('that is not gradable needs a reason and loses grade and macula', () => {
    const chosen = notGradable(nextMacular(withGrade(EMPTY_DRAFT, 3)));
    expect(answerOf(chosen)).toBeNull();
    expect(answerOf(toggleReason(chosen, 'field-cut'))).toMatchObject({
      gradable: false,
      grade: null,
      macular: null,
      reasons: ['field-cut'],
    });
  });

  test('goes from sure to unsure and back', () => {
    const steps = [1, 2, 3].reduce((drafts) => [...drafts, nextConfidence(drafts.at(-1) ?? EMPTY_DRAFT)], [EMPTY_DRAFT]);
    expect(steps.map(({ confidence }) => confidence)).toEqual([3, 2, 1, 3]);
  });
});

describe('keys', () => {
  test('of one hand grade, save, undo and alert', () => {
    expect(key('Digit2')).toEqual({ name: 'grade', grade: 2 });
    expect(key('Numpad4')).toEqual({ name: 'grade', grade: 4 });
    expect(key('Backquote')).toEqual({ name: 'grade', grade: 0 });
    expect(key('Digit7')).toBeNull();
    expect([key('Space'), key('KeyZ'), key('KeyE'), key('KeyQ')].map((command) => command?.name)).toEqual([
      'save',
      'undo',
      'urgent',
      'not-gradable',
    ]);
  });

  test('tick lesions while their list is open, and reasons where the photograph is not gradable', () => {
    expect(key('KeyQ', 'lesions')).toEqual({ name: 'lesion', lesion: 'microaneurysm' });
    expect(key('KeyV', 'lesions')).toEqual({ name: 'lesion', lesion: 'vitreous-haemorrhage' });
    expect(key('Space', 'lesions')).toEqual({ name: 'lesions' });
    expect(key('Digit3', 'reasons')).toEqual({ name: 'reason', reason: 'field-cut' });
    expect(key('Space', 'reasons')).toEqual({ name: 'save' });
    expect(key('Digit0', 'others')).toEqual({ name: 'refer-other' });
  });

  test('with a modifier belong to the menu', () => {
    expect(readingCommand({ code: 'Digit2', ctrlKey: true, altKey: false, metaKey: false }, 'grade')).toBeNull();
  });
});

describe('a key', () => {
  test('changes the answer and opens the list that belongs to it; one that is about something else leaves it', () => {
    const ungradable = obeyDraft(EMPTY_DRAFT, { name: 'not-gradable' });
    expect(ungradable).toMatchObject({ gradable: false, grade: null });
    expect(modeAfter('grade', EMPTY_DRAFT, { name: 'not-gradable' })).toBe('reasons');
    expect(obeyDraft(EMPTY_DRAFT, { name: 'companion' })).toBeNull();
    expect(modeAfter('lesions', EMPTY_DRAFT, { name: 'companion' })).toBe('lesions');
  });

  test('closes a list where it was opened from', () => {
    expect(modeAfter('grade', EMPTY_DRAFT, { name: 'others' })).toBe('others');
    expect(modeAfter('others', EMPTY_DRAFT, { name: 'others' })).toBe('grade');
    expect(modeAfter('others', notGradable(EMPTY_DRAFT), { name: 'others' })).toBe('reasons');
    // Of a photograph that cannot be graded no lesion is ticked.
    expect(modeAfter('reasons', notGradable(EMPTY_DRAFT), { name: 'lesions' })).toBe('grade');
  });
});

describe('the time spent', () => {
  test('counts 15 seconds of every stretch without a touch', () => {
    const time = new ActiveTime(0);
    time.touch(4_000);
    expect(time.spent(64_000)).toEqual({ activeMs: 19_000, idleMs: 45_000 });
  });
});
