import { describe, expect, test } from 'vitest';
import {
  DILATION_CHECKS,
  type DilationChecklist,
  dropsAllowed,
  type EyeAtCamera,
  nextStep,
  retakePossible,
} from '../../../../electron/shared/clinical/coaching';
import { discWarning } from '../../../../electron/shared/clinical/disc-side';

const EYE: EyeAtCamera = {
  complete: false,
  excused: false,
  refers: false,
  photographs: 0,
  failedTries: 0,
  dilated: false,
  mayDilate: false,
};
const ALL_NO = Object.fromEntries(DILATION_CHECKS.map((check) => [check, false])) as DilationChecklist;

describe('the next step at the camera', () => {
  test('is a retake after one and two failed tries, and the end after three', () => {
    expect([0, 1, 2, 3, 7].map((failedTries) => nextStep({ ...EYE, failedTries }))).toEqual([
      'photograph',
      'retake',
      'retake',
      'stop-and-refer',
      'stop-and-refer',
    ]);
  });

  test('is drops after two failed tries where a standing order allows them, once', () => {
    expect(nextStep({ ...EYE, failedTries: 2, mayDilate: true })).toBe('dilate');
    expect(nextStep({ ...EYE, failedTries: 2, mayDilate: true, dilated: true })).toBe('retake');
    expect(nextStep({ ...EYE, failedTries: 3, mayDilate: true, dilated: true })).toBe('stop-and-refer');
  });

  test('is none for an eye that is complete, whatever failed beside it, or that is excused or refers', () => {
    expect(nextStep({ ...EYE, complete: true, failedTries: 5 })).toBe('done');
    expect(nextStep({ ...EYE, excused: true })).toBe('excused');
    expect(nextStep({ ...EYE, refers: true })).toBe('refers');
  });

  test('asks nothing more of the camera once it stops', () => {
    expect(retakePossible('dilate')).toBe(true);
    expect((['stop-and-refer', 'done', 'excused', 'refers'] as const).some(retakePossible)).toBe(false);
  });
});

describe('drops', () => {
  test('are allowed only with every question answered no', () => {
    expect(dropsAllowed(ALL_NO)).toBe(true);
    for (const check of DILATION_CHECKS) {
      expect(dropsAllowed({ ...ALL_NO, [check]: true })).toBe(false);
      const { [check]: _, ...rest } = ALL_NO;
      expect(dropsAllowed(rest as DilationChecklist)).toBe(false);
    }
  });
});

describe('the side of the disc', () => {
  test('warns of the other side, and says nothing when unsure or near the middle', () => {
    expect(discWarning('right', { x: -0.5, y: -0.05, confidence: 0.95 })).toBe('other-eye');
    expect(discWarning('left', { x: 0.5, y: -0.05, confidence: 0.95 })).toBe('other-eye');
    expect(discWarning('left', { x: 0.5, y: 0.07, confidence: 0.95 })).toBe('upside-down');
    expect(discWarning('right', { x: 0.5, y: 0.07, confidence: 0.95 })).toBe(null);
    expect(discWarning('right', { x: -0.5, y: 0, confidence: 0.7 })).toBe(null);
    expect(discWarning('right', { x: -0.1, y: 0, confidence: 0.99 })).toBe(null);
  });
});
