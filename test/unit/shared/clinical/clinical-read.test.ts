import { describe, expect, test } from 'vitest';
import { concludeRead, type ReadCircumstances } from '../../../../electron/shared/clinical/clinical-read';
import { guidelineTable } from '../../../../electron/shared/clinical/guideline';
import type { Answer } from '../../../../electron/shared/domain/reading';
import { HEALTHY_ANSWER, UNGRADABLE_ANSWER } from '../../../helpers/reading-room';

const PLAIN: ReadCircumstances = {
  absent: [],
  raised: false,
  raisedUrgently: false,
  refer: false,
  urgent: false,
  table: guidelineTable('aios-vrsi-2020'),
  day: '2026-11-23',
};

function conclude(right: Partial<Answer> | null, left: Partial<Answer> | null, change: Partial<ReadCircumstances> = {}) {
  const eyes = [
    ...(right === null ? [] : [{ eye: 'right' as const, answer: { ...HEALTHY_ANSWER, ...right } }]),
    ...(left === null ? [] : [{ eye: 'left' as const, answer: { ...HEALTHY_ANSWER, ...left } }]),
  ];
  return concludeRead(eyes, { ...PLAIN, ...change });
}

describe("a doctor's read", () => {
  test('clears only when both eyes are', () => {
    expect(conclude({}, {})).toMatchObject({ result: 'no-refer', urgent: false, referBy: null, rescreenBy: '2027-11-23' });
    expect(conclude({}, null)).toMatchObject({ result: 'incomplete', reasons: ['eye-missing'] });
    expect(conclude({}, UNGRADABLE_ANSWER)).toMatchObject({ result: 'ungradable' });
    expect(conclude({}, null, { absent: ['left'] })).toMatchObject({ result: 'no-refer' });
  });

  test('is the worse eye, by the days of the guideline', () => {
    expect(conclude({}, { grade: 2 })).toMatchObject({ result: 'refer', urgent: false, referBy: '2027-02-23', reasons: ['doctor-grade'] });
    expect(conclude({ grade: 4 }, UNGRADABLE_ANSWER)).toMatchObject({ result: 'refer', urgent: true, referBy: '2026-11-23' });
    expect(conclude({ grade: 1, macular: 'within-disc-diameter' }, {})).toMatchObject({
      result: 'refer',
      urgent: true,
      reasons: ['doctor-macula'],
    });
    expect(conclude({ otherDisease: ['cataract'], referOther: true }, {})).toMatchObject({ result: 'refer', reasons: ['doctor-other'] });
  });

  test('is raised by vision, symptoms and the doctor, and never lowered', () => {
    expect(conclude({}, {}, { raised: true })).toMatchObject({ result: 'refer', reasons: ['raised'] });
    expect(conclude({}, {}, { refer: true })).toMatchObject({ result: 'refer', urgent: false, reasons: ['doctor-raised'] });
    expect(conclude({ grade: 2 }, {}, { urgent: true })).toMatchObject({ urgent: true, referBy: '2026-11-23' });
  });
});
