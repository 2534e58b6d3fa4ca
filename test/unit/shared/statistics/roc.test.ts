import { describe, expect, it } from 'vitest';
import { rocPoints } from '../../../../electron/shared/statistics/roc';

describe('a ROC curve', () => {
  it('goes from nothing to everything, and equal scores are one step', () => {
    expect(rocPoints([0.9, 0.5, 0.5, 0.1], [true, true, false, false])).toEqual([
      [0, 0],
      [0, 0.5],
      [0.5, 1],
      [1, 1],
    ]);
  });

  it('is empty where a class is missing', () => {
    expect(rocPoints([0.9, 0.1], [true, true])).toEqual([]);
  });
});
