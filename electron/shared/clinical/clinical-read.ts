import { type Eye, EYES, type PatientResult } from '../domain/codes';
import type { Answer } from '../domain/reading';
import type { Day } from './days';
import { dueDays, type Finding, type GuidelineTable } from './guideline';
import { isReferable } from './lesion-rule';

/** What a doctor says of one eye; null: a photograph whose side nobody knows. */
export interface ReadEye {
  eye: Eye | null;
  answer: Answer;
}

/** Why a doctor's read refers, or cannot clear; codes of the outcome. */
export const READ_REASONS = [
  'doctor-grade',
  'doctor-macula',
  'doctor-other',
  'doctor-ungradable',
  'doctor-raised',
  'raised',
  'eye-missing',
] as const;
export type ReadReason = (typeof READ_REASONS)[number];

export interface ReadConclusion {
  result: PatientResult;
  urgent: boolean;
  reasons: ReadReason[];
  eyes: { eye: Eye; result: PatientResult; reasons: ReadReason[] }[];
  referBy: Day | null;
  rescreenBy: Day | null;
}

export interface ReadCircumstances {
  /** Lost or a prosthesis: excused. */
  absent: readonly Eye[];
  /** Vision, symptoms or history refer, whatever the photographs show. */
  raised: boolean;
  raisedUrgently: boolean;
  /** The doctor refers, or refers urgently, for what no tick says. */
  refer: boolean;
  urgent: boolean;
  table: GuidelineTable | null;
  /** Day of the examination at the site. */
  day: Day;
}

const GRADE_FINDINGS: readonly Finding[] = ['none', 'mild', 'moderate', 'severe', 'proliferative'];

/**
 * The patient's result from a doctor's read of both eyes: the worst eye, and nobody is cleared on half an examination. Days are the guideline's; where
 * it says "immediate" the patient is referred urgently.
 */
export function concludeRead(read: readonly ReadEye[], circumstances: ReadCircumstances): ReadConclusion {
  const { absent, raised, raisedUrgently, refer, table, day } = circumstances;
  const eyes = EYES.filter((eye) => !absent.includes(eye)).map((eye) => {
    const reasons = reasonsOf(read.filter((each) => each.eye === eye).map(({ answer }) => answer));
    return { eye, result: resultOf(reasons), reasons };
  });
  const unplaced = read.filter(({ eye }) => eye === null).flatMap(({ answer }) => reasonsOf([answer]));
  const reasons = new Set<ReadReason>([...eyes.flatMap((eye) => eye.reasons), ...unplaced]);
  if (refer || circumstances.urgent) reasons.add('doctor-raised');
  if (raised) reasons.add('raised');
  const ordered = READ_REASONS.filter((reason) => reasons.has(reason));
  const result = resultOf(ordered);
  const findings = read.flatMap(({ answer }) => findingsOf(answer));
  const [first, ...others] = findings;
  const due = table === null || first === undefined ? null : dueDays(table, [first, ...others], day);
  const immediate = due !== null && due.referBy === day;
  const urgent = result === 'refer' && (circumstances.urgent || raisedUrgently || immediate);
  return {
    result,
    urgent,
    reasons: ordered,
    eyes,
    referBy: result === 'refer' ? (urgent ? day : (due?.referBy ?? null)) : null,
    rescreenBy: result === 'no-refer' ? (due?.rescreenBy ?? null) : null,
  };
}

/** An eye is the worst of what is said of it; one of which nothing is said was not photographed. */
function reasonsOf(answers: readonly Answer[]): ReadReason[] {
  if (answers.length === 0) return ['eye-missing'];
  const found: ReadReason[] = [];
  if (answers.some(({ grade }) => (grade ?? 0) >= 2)) found.push('doctor-grade');
  if (answers.some((answer) => isReferable({ ...answer, grade: answer.grade === null ? null : 0 }))) found.push('doctor-macula');
  if (answers.some(({ referOther }) => referOther)) found.push('doctor-other');
  if (!answers.some(({ gradable }) => gradable)) found.push('doctor-ungradable');
  return found;
}

function resultOf(reasons: readonly ReadReason[]): PatientResult {
  if (reasons.some((reason) => reason !== 'doctor-ungradable' && reason !== 'eye-missing')) return 'refer';
  if (reasons.includes('doctor-ungradable')) return 'ungradable';
  return reasons.includes('eye-missing') ? 'incomplete' : 'no-refer';
}

function findingsOf({ grade, macular, centreInvolved }: Answer): Finding[] {
  if (grade === null) return [];
  const finding = GRADE_FINDINGS[grade] ?? 'none';
  const oedema = macular === 'within-disc-diameter' || macular === 'other-group' || centreInvolved === true;
  return oedema ? [finding, centreInvolved === true ? 'dme-centre' : 'dme-non-centre'] : [finding];
}
