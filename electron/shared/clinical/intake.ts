import { EYES, type Eye } from '../domain/codes';

/** Vision of an eye at six metres, best first; below 1/60 what the eye still tells. */
export const VISION_VALUES = [
  '6/6',
  '6/9',
  '6/12',
  '6/18',
  '6/24',
  '6/36',
  '6/60',
  '3/60',
  '1/60',
  'hand-movements',
  'light',
  'no-light',
] as const;
export type Vision = (typeof VISION_VALUES)[number];

/** How an eye was measured; `pinhole` decides, since it takes out what spectacles would mend. */
export const VISION_WAYS = ['unaided', 'glasses', 'pinhole'] as const;
export type VisionWay = (typeof VISION_WAYS)[number];

/** What is asked of each eye: `absent` is lost or a prosthesis, `opaque` has no view through it. */
export const INTAKE_EYE_STATES = ['present', 'absent', 'opaque'] as const;
export type IntakeEyeState = (typeof INTAKE_EYE_STATES)[number];

/** The six questions with pictures, in the order they are asked. */
export const INTAKE_QUESTIONS = [
  'suddenLoss',
  'floatersOrFlashes',
  'painOrRedness',
  'pregnancy',
  'earlierTreatment',
  'underEyeDoctor',
] as const;
export type IntakeQuestion = (typeof INTAKE_QUESTIONS)[number];

export interface IntakeFacts {
  /** null: not measured, never the same as good. */
  vision: Record<Eye, Record<VisionWay, Vision | null>>;
  eyes: Record<Eye, IntakeEyeState>;
  /** null: not asked, never the same as no. */
  answers: Record<IntakeQuestion, boolean | null>;
  /** null: age not known. */
  under18: boolean | null;
  /** The patient wants no program to look at the photographs: a doctor reads. */
  aiRefused: boolean;
}

export const EMPTY_INTAKE: IntakeFacts = {
  vision: { right: { unaided: null, glasses: null, pinhole: null }, left: { unaided: null, glasses: null, pinhole: null } },
  eyes: { right: 'present', left: 'present' },
  answers: {
    suddenLoss: null,
    floatersOrFlashes: null,
    painOrRedness: null,
    pregnancy: null,
    earlierTreatment: null,
    underEyeDoctor: null,
  },
  under18: null,
  aiRefused: false,
};

/** What intake alone demands, whatever the photographs and the model say; each level holds the ones before. */
export const FORCED_LEVELS = ['none', 'doctor-read', 'refer', 'refer-urgently'] as const;
export type ForcedLevel = (typeof FORCED_LEVELS)[number];

/** In the order they are shown: the gravest first. */
export const INTAKE_REASONS = [
  'sudden-loss',
  'floaters-or-flashes',
  'pain-or-redness',
  'low-vision',
  'pregnancy',
  'earlier-treatment',
  'under-18',
  'ai-refused',
  'vision-unclear',
  'not-asked',
] as const;
export type IntakeReason = (typeof INTAKE_REASONS)[number];

/**
 * What each reason forces. clinical.md: "worse than 6/12 with pinhole, any symptom, pregnancy or earlier treatment: refer or doctor's read whatever the
 * model says; under 18: doctor's read only". Which of the two, and the two that cannot wait, are our judgement (docs/decisions/0009).
 */
const LEVEL_OF: Readonly<Record<IntakeReason, ForcedLevel>> = {
  'sudden-loss': 'refer-urgently',
  'floaters-or-flashes': 'refer-urgently',
  'pain-or-redness': 'refer',
  'low-vision': 'refer',
  pregnancy: 'doctor-read',
  'earlier-treatment': 'doctor-read',
  'under-18': 'doctor-read',
  'ai-refused': 'doctor-read',
  'vision-unclear': 'doctor-read',
  'not-asked': 'doctor-read',
};

export interface Forced {
  level: ForcedLevel;
  /** In the order of INTAKE_REASONS; empty for `none`. */
  reasons: IntakeReason[];
}

/** `6/12` is the last value that is good enough. */
const WORST_GOOD: Vision = '6/12';

function isWorse(vision: Vision): boolean {
  return VISION_VALUES.indexOf(vision) > VISION_VALUES.indexOf(WORST_GOOD);
}

/**
 * An eye that is there: `low` when it sees worse than 6/12 through a pinhole, whatever it sees without (a sick macula can be worse behind one);
 * `unclear` when it was not measured, or seen worse than 6/12 without anybody having tried a pinhole.
 */
export function eyeVision(measured: Record<VisionWay, Vision | null>): 'good' | 'low' | 'unclear' {
  if (measured.pinhole !== null) return isWorse(measured.pinhole) ? 'low' : 'good';
  const values = [measured.unaided, measured.glasses].filter((value) => value !== null);
  return values.some((value) => !isWorse(value)) ? 'good' : 'unclear';
}

/**
 * What intake forces. It raises and never lowers; nothing known (`null`: no intake was made) is not nothing found, so a doctor reads.
 */
export function forcedBy(intake: IntakeFacts | null): Forced {
  if (intake === null) return { level: LEVEL_OF['not-asked'], reasons: ['not-asked'] };
  const { answers } = intake;
  const found = new Set<IntakeReason>();
  if (answers.suddenLoss === true) found.add('sudden-loss');
  if (answers.floatersOrFlashes === true) found.add('floaters-or-flashes');
  if (answers.painOrRedness === true) found.add('pain-or-redness');
  if (answers.pregnancy === true) found.add('pregnancy');
  if (answers.earlierTreatment === true) found.add('earlier-treatment');
  if (INTAKE_QUESTIONS.some((question) => answers[question] === null)) found.add('not-asked');
  // An absent eye has no vision to measure; an opaque one has, and refers by itself as the outcome says.
  for (const eye of EYES) {
    if (intake.eyes[eye] === 'absent') continue;
    const vision = eyeVision(intake.vision[eye]);
    if (vision === 'low') found.add('low-vision');
    if (vision === 'unclear') found.add('vision-unclear');
  }
  if (intake.under18 !== false) found.add(intake.under18 === null ? 'not-asked' : 'under-18');
  if (intake.aiRefused) found.add('ai-refused');
  const reasons = INTAKE_REASONS.filter((reason) => found.has(reason));
  return { level: worst(reasons.map((reason) => LEVEL_OF[reason])), reasons };
}

function worst(levels: readonly ForcedLevel[]): ForcedLevel {
  return FORCED_LEVELS[Math.max(0, ...levels.map((level) => FORCED_LEVELS.indexOf(level)))] ?? 'none';
}
