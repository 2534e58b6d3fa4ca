import { describe, expect, it } from 'vitest';
import type { OpenItem } from '../../../../electron/db/queries/open-items';
import { rankSuspicious } from '../../../../electron/services/data-sets/label-noise';
import type { Grade } from '../../../../electron/shared/domain/reading';
import { seededRandom } from '../../../../electron/shared/statistics/random';

function item(index: number, grade: Grade): OpenItem {
  return {
    imageId: `image-${index}`,
    imageSha256: index.toString(16).padStart(64, '0'),
    subject: `s-${index}`,
    eye: null,
    part: 'train',
    weight: 1,
    method: 'agreement',
    certainty: 1,
    gradable: true,
    grade,
    macular: 'none',
    referable: grade >= 2,
    camera: '',
    source: 'site',
  };
}

describe('the order of suspicious labels', () => {
  const random = seededRandom(11);
  const truth = Array.from({ length: 400 }, () => (random() < 0.3 ? 1 : 0));
  const flipped = new Set(Array.from({ length: 20 }, (_, index) => index * 20));
  const items = truth.map((referable, index) => item(index, (flipped.has(index) ? (referable ? 0 : 2) : referable ? 2 : 0) as Grade));
  const probabilities = new Map(
    items.map(({ imageSha256 }, index) => [
      imageSha256,
      Math.min(0.98, Math.max(0.02, (truth[index] ? 0.7 : 0.25) + (random() - 0.5) * 0.5)),
    ]),
  );

  it('puts most flipped labels into its first fifth', () => {
    const first = rankSuspicious(items, probabilities, []).slice(0, 80);
    expect(first.filter(({ imageId }) => flipped.has(Number(imageId.slice(6)))).length).toBeGreaterThanOrEqual(18);
  });

  it('weighs in what several doctors said: a label that two of them contradict comes first of all', () => {
    const readings = truth.flatMap((referable, index) =>
      ['dr-a', 'dr-b'].map((readerId) => ({ imageId: `image-${index}`, readerId, grade: referable ? 2 : 0 })),
    );
    const first = rankSuspicious(items, probabilities, readings).slice(0, flipped.size);
    expect(first.every(({ imageId }) => flipped.has(Number(imageId.slice(6))))).toBe(true);
  });

  it('leaves out what could not be read and what has no grade, and changes no label', () => {
    const some = [...items.slice(0, 5), { ...item(900, 0), gradable: false, grade: null, referable: null }];
    const known = new Map([...probabilities].slice(0, 4));
    const before = JSON.stringify(some);
    expect(rankSuspicious(some, known, [])).toHaveLength(4);
    expect(JSON.stringify(some)).toBe(before);
  });
});
