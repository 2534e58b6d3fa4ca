import { describe, expect, test } from 'vitest';
import { EMPTY_INTAKE, eyeVision, forcedBy, type IntakeFacts, VISION_VALUES } from '../../../../electron/shared/clinical/intake';
import { HEALTHY } from '../../../helpers/desk';

const EYE = { unaided: null, glasses: null, pinhole: null };

describe('the vision of an eye', () => {
  test.each(VISION_VALUES.map((value, at) => [value, at <= VISION_VALUES.indexOf('6/12') ? 'good' : 'low'] as const))(
    'of %s through a pinhole is %s',
    (pinhole, expected) => {
      expect(eyeVision({ ...EYE, pinhole })).toBe(expected);
    },
  );

  test('is what the pinhole says, whatever it is without', () => {
    expect(eyeVision({ unaided: '6/6', glasses: '6/6', pinhole: '6/18' })).toBe('low');
    expect(eyeVision({ unaided: '1/60', glasses: null, pinhole: '6/12' })).toBe('good');
  });

  test('is unclear where it is low and no pinhole was tried, or nothing was measured', () => {
    expect(eyeVision({ ...EYE, unaided: '6/60' })).toBe('unclear');
    expect(eyeVision(EYE)).toBe('unclear');
    expect(eyeVision({ ...EYE, unaided: '6/60', glasses: '6/9' })).toBe('good');
  });
});

const LOW = { unaided: '6/60', glasses: null, pinhole: '6/24' } as const;

describe('what intake forces', () => {
  test.each([
    ['nothing found', {}, 'none', []],
    ['sudden loss', { answers: { suddenLoss: true } }, 'refer-urgently', ['sudden-loss']],
    ['floaters or flashes', { answers: { floatersOrFlashes: true } }, 'refer-urgently', ['floaters-or-flashes']],
    ['pain or redness', { answers: { painOrRedness: true } }, 'refer', ['pain-or-redness']],
    ['pregnancy', { answers: { pregnancy: true } }, 'doctor-read', ['pregnancy']],
    ['earlier treatment', { answers: { earlierTreatment: true } }, 'doctor-read', ['earlier-treatment']],
    ['already under an eye doctor', { answers: { underEyeDoctor: true } }, 'none', []],
    ['low vision of the left eye', { vision: { left: LOW } }, 'refer', ['low-vision']],
    ['low vision of the right eye', { vision: { right: LOW } }, 'refer', ['low-vision']],
    ['low vision of an absent eye', { vision: { left: LOW }, eyes: { left: 'absent' } }, 'none', []],
    ['no vision measured', { vision: { left: EYE } }, 'doctor-read', ['vision-unclear']],
    ['a question not asked', { answers: { pregnancy: null } }, 'doctor-read', ['not-asked']],
    ['under 18', { under18: true }, 'doctor-read', ['under-18']],
    ['an unknown age', { under18: null }, 'doctor-read', ['not-asked']],
    ['a patient who refuses the program', { aiRefused: true }, 'doctor-read', ['ai-refused']],
    [
      'several at once: the gravest, and every reason',
      { answers: { suddenLoss: true, pregnancy: true }, vision: { left: LOW }, under18: true },
      'refer-urgently',
      ['sudden-loss', 'low-vision', 'pregnancy', 'under-18'],
    ],
  ] as const)('%s', (_name, change, level, reasons) => {
    const { answers, vision, eyes, ...rest } = change as Partial<Record<keyof IntakeFacts, object>>;
    const facts = {
      ...HEALTHY,
      ...rest,
      answers: { ...HEALTHY.answers, ...answers },
      vision: { ...HEALTHY.vision, ...vision },
      eyes: { ...HEALTHY.eyes, ...eyes },
    } as IntakeFacts;
    expect(forcedBy(facts)).toEqual({ level, reasons });
  });

  test('is a doctor where nothing was asked at all: not knowing is not health', () => {
    expect(forcedBy(null)).toEqual({ level: 'doctor-read', reasons: ['not-asked'] });
    expect(forcedBy(EMPTY_INTAKE).level).toBe('doctor-read');
  });
});
