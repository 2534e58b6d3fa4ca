import { EMPTY_INTAKE, type IntakeFacts } from '../../electron/shared/clinical/intake';

const SEEN = { unaided: '6/6', glasses: null, pinhole: null } as const;

/** Every question asked and answered with no, both eyes there and seen well: an intake that forces nothing. */
export const HEALTHY_INTAKE: Omit<IntakeFacts, 'under18'> = {
  vision: { right: SEEN, left: SEEN },
  eyes: EMPTY_INTAKE.eyes,
  answers: {
    suddenLoss: false,
    floatersOrFlashes: false,
    painOrRedness: false,
    pregnancy: false,
    earlierTreatment: false,
    underEyeDoctor: false,
  },
  aiRefused: false,
};
