import { describe, expect, test } from 'vitest';
import { contradicts, findLesions, isReferable, sayTheSame } from '../../../../electron/shared/clinical/lesion-rule';
import type { Answer } from '../../../../electron/shared/domain/reading';
import { HEALTHY_ANSWER } from '../../../helpers/reading-room';

describe('the lesion rule', () => {
  test.each([
    [[], 'no-lesions', 0],
    [['microaneurysm'], 'microaneurysms-only', 1],
    [['microaneurysm', 'haemorrhage'], 'more-than-microaneurysms', 2],
    [['hard-exudate'], 'more-than-microaneurysms', 2],
    [['venous-loop'], 'more-than-microaneurysms', 2],
    [['microaneurysm', 'haemorrhages-4q'], 'four-two-one', 3],
    [['venous-beading-2q'], 'four-two-one', 3],
    [['irma'], 'four-two-one', 3],
    [['irma', 'new-vessels'], 'proliferative', 4],
    [['vitreous-haemorrhage'], 'proliferative', 4],
  ] as const)('of %j is %s, grade %i', (lesions, rule, suggested) => {
    expect(findLesions(lesions)).toMatchObject({ rule, suggested, adjudicate: false });
  });

  test('says that one photograph is too small a field for 4-2-1 where beading is seen in one quadrant', () => {
    expect(findLesions(['venous-beading'])).toMatchObject({ rule: 'field-too-small', suggested: 2, possible: [2, 3] });
    expect(contradicts({ ...HEALTHY_ANSWER, grade: 3, lesions: ['venous-beading'] })).toBe(false);
  });

  test.each([['cotton-wool-spot'], ['haemorrhage']] as const)('sends a lone %s to adjudication, never to grade 0', (lesion) => {
    const found = findLesions([lesion]);
    expect(found).toMatchObject({ suggested: null, adjudicate: true });
    expect(found.possible).not.toContain(0);
    expect(contradicts({ ...HEALTHY_ANSWER, grade: 0, lesions: [lesion] })).toBe(true);
  });

  test('names a contradiction and is silent where nothing was ticked', () => {
    expect(contradicts({ ...HEALTHY_ANSWER, grade: 1, lesions: ['microaneurysm', 'hard-exudate'] })).toBe(true);
    expect(contradicts({ ...HEALTHY_ANSWER, grade: 4, lesions: [] })).toBe(false);
  });

  test('holds grade 4 of a treated, stable eye for a contradiction unless there are new vessels', () => {
    expect(contradicts({ ...HEALTHY_ANSWER, grade: 4, laser: 'treated-stable', lesions: [] })).toBe(true);
    expect(contradicts({ ...HEALTHY_ANSWER, grade: 4, laser: 'treated-stable', lesions: ['new-vessels'] })).toBe(false);
  });
});

describe('an answer', () => {
  test('is referable by grade or by the macula', () => {
    expect(isReferable({ ...HEALTHY_ANSWER, grade: 1 })).toBe(false);
    expect(isReferable({ ...HEALTHY_ANSWER, grade: 2 })).toBe(true);
    expect(isReferable({ ...HEALTHY_ANSWER, macular: 'within-disc-diameter' })).toBe(true);
    expect(isReferable({ ...HEALTHY_ANSWER, macular: 'cannot-tell' })).toBe(false);
  });

  test('says the same as another whatever their lesions', () => {
    const withLesions: Answer = { ...HEALTHY_ANSWER, lesions: ['irma'] };
    expect(sayTheSame([HEALTHY_ANSWER, withLesions])).toBe(true);
    expect(sayTheSame([HEALTHY_ANSWER, { ...HEALTHY_ANSWER, macular: 'cannot-tell' }])).toBe(false);
  });
});
