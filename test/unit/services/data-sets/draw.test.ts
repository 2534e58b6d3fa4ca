import { describe, expect, it } from 'vitest';
import { drawParts, type UnitToDraw } from '../../../../electron/services/data-sets/draw';
import { seededRandom } from '../../../../electron/shared/statistics/random';

function units(count: number, of: (index: number) => Partial<UnitToDraw> = () => ({})): UnitToDraw[] {
  return Array.from({ length: count }, (_, index) => ({
    unit: `u${index}`,
    referable: index % 5 === 0,
    randomlyDrawn: true,
    ...of(index),
  }));
}

describe('drawing the parts of new patients', () => {
  it('locks 15 of a hundred in each stratum and draws everybody once', () => {
    const drawn = drawParts(units(1000), seededRandom(1));
    expect(new Set(drawn.map(({ unit }) => unit)).size).toBe(1000);
    const locked = drawn.filter(({ part }) => part === 'locked');
    expect(locked.filter(({ stratum }) => stratum.startsWith('referable'))).toHaveLength(30);
    expect(locked.filter(({ stratum }) => stratum.startsWith('other'))).toHaveLength(120);
  });

  it('keeps weights that add up to the patients of the stratum', () => {
    const drawn = drawParts(units(1000), seededRandom(2));
    const weights = drawn.filter(({ part, stratum }) => part === 'locked' && stratum === 'referable:random').map(({ weight }) => weight);
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(200, 9);
  });

  it('fills the locked set first with patients whom chance chose for labelling', () => {
    const drawn = drawParts(
      units(400, (index) => ({ referable: false, randomlyDrawn: index < 40 })),
      seededRandom(3),
    );
    const locked = drawn.filter(({ part }) => part === 'locked');
    expect(locked).toHaveLength(60);
    expect(locked.filter(({ stratum }) => stratum === 'other:random')).toHaveLength(40);
    expect(locked.filter(({ stratum }) => stratum === 'other:selected').every(({ weight }) => weight === 360 / 20)).toBe(true);
  });

  it('rounds by chance, so that many small batches lock the same share', () => {
    const random = seededRandom(4);
    let locked = 0;
    for (let batch = 0; batch < 2000; batch++) {
      locked += drawParts(
        units(2, () => ({ referable: false })),
        random,
      ).filter(({ part }) => part === 'locked').length;
    }
    expect(locked / 4000).toBeGreaterThan(0.13);
    expect(locked / 4000).toBeLessThan(0.17);
  });
});
