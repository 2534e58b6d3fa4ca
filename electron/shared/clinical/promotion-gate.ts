import { wilson } from '../statistics/intervals';

/**
 * The numbers a model must reach before it replaces another, per patient, on the same locked test patients. The margin and the floors
 * were fixed before any training: 0.85 and 0.825 are those of the first authorised system (IDx-DR).
 */
export const GATE = {
  referable: 73,
  nonReferable: 100,
  sensitivity: 0.85,
  specificity: 0.825,
  /** For the lower bound of Wilson's 95 % interval of both. */
  floor: 0.75,
  /** How far the candidate may fall behind, as the one-sided 95 % lower bound of the paired difference. */
  margin: -0.05,
  /** A slice blocks from so many referable patients on, when its sensitivity falls by more than `sliceFall`. */
  sliceReferable: 20,
  sliceFall: 0.1,
  /** A patient who was used so often says nothing new: whoever looks five times at one test set has begun to choose by it. */
  uses: 5,
} as const;

/** The normal quantile of 0.95: one-sided. */
const Z_ONE_SIDED = 1.6448536269514722;

export interface GatePatient {
  referable: boolean;
  /** Sent to a doctor by the candidate, by the model in use: by intention to screen, so who cannot be read is sent on. */
  candidate: boolean;
  active: boolean;
  /** The groups the patient belongs to, e.g. the camera. */
  slices: readonly string[];
  /** In how many examinations before this one. */
  uses: number;
}

export interface GateInput {
  patients: readonly GatePatient[];
  /** Groups that the site has, whether or not anybody of the test set is in them. */
  knownSlices: readonly string[];
  /** Patients of whom at least one label is one reader's alone. */
  notAdjudicated: number;
  /** Who trained the candidate or brought it in, and the doctor who answers for it. */
  trainerId: string;
  countersignature: { userId: string; isDoctor: boolean } | null;
}

/** Why a model may not replace the one in use. */
export const GATE_REASONS = [
  'too-few-referable',
  'too-few-non-referable',
  'sensitivity-low',
  'sensitivity-uncertain',
  'specificity-low',
  'specificity-uncertain',
  'sensitivity-worse',
  'specificity-worse',
  'slice-fell',
  'not-countersigned',
  'countersigner-not-doctor',
  'countersigned-by-trainer',
  'labels-not-adjudicated',
] as const;
/** What must be said beside it and stops nobody. */
export const GATE_NOTES = ['slice-too-few', 'slice-never-tested', 'patients-used-up', 'measured-before'] as const;

export interface GateRemark<Code extends string> {
  code: Code;
  params: Record<string, string | number>;
}
export type GateReason = GateRemark<(typeof GATE_REASONS)[number]>;
export type GateNote = GateRemark<(typeof GATE_NOTES)[number]>;

/** One rate of both models on the same patients. */
export interface PairedRate {
  of: number;
  candidate: number;
  active: number;
  candidateLow: number;
  /** One-sided 95 % lower bound of candidate minus active. */
  differenceLow: number;
  /** Patients that are missing until the bound can clear the margin at today's difference; null where none would help. */
  stillNeeded: number | null;
}

export interface GateResult {
  /** `not-validated-here`: everything is in order but for labels that nobody adjudicated. */
  verdict: 'passed' | 'not-validated-here' | 'refused';
  reasons: GateReason[];
  notes: GateNote[];
  /** null where there is nobody to measure it on. */
  sensitivity: PairedRate | null;
  specificity: PairedRate | null;
  /** How many more patients the test set needs, for the smallest numbers and for the comparison; null where no number would help. */
  stillNeeded: { referable: number | null; nonReferable: number | null };
}

/**
 * The promotion gate: pure, so that window, command line and tests say the same. Knows patients' calls only, never a figure that a
 * model brings with it.
 */
export function promotionGate(input: GateInput): GateResult {
  const fresh = input.patients.filter((patient) => patient.uses < GATE.uses);
  const referable = fresh.filter((patient) => patient.referable);
  const healthy = fresh.filter((patient) => !patient.referable);
  const sensitivity = pairedRate(referable, (called) => called);
  const specificity = pairedRate(healthy, (called) => !called);
  const reasons: GateReason[] = [
    ...countReason('too-few-referable', referable.length, GATE.referable),
    ...countReason('too-few-non-referable', healthy.length, GATE.nonReferable),
    ...rateReasons('sensitivity', sensitivity, GATE.sensitivity),
    ...rateReasons('specificity', specificity, GATE.specificity),
  ];
  const notes: GateNote[] = [];
  const usedUp = input.patients.length - fresh.length;
  if (usedUp > 0) notes.push({ code: 'patients-used-up', params: { patients: usedUp, uses: GATE.uses } });
  for (const slice of [...new Set([...input.knownSlices, ...fresh.flatMap((patient) => patient.slices)])].sort()) {
    judgeSlice(
      slice,
      fresh.filter((patient) => patient.slices.includes(slice)),
      reasons,
      notes,
    );
  }
  reasons.push(...countersignReasons(input));
  const blocked = reasons.length > 0;
  if (input.notAdjudicated > 0) reasons.push({ code: 'labels-not-adjudicated', params: { patients: input.notAdjudicated } });
  return {
    verdict: blocked ? 'refused' : input.notAdjudicated > 0 ? 'not-validated-here' : 'passed',
    reasons,
    notes,
    sensitivity,
    specificity,
    stillNeeded: {
      referable: stillNeeded(referable.length, GATE.referable, sensitivity),
      nonReferable: stillNeeded(healthy.length, GATE.nonReferable, specificity),
    },
  };
}

function countReason(code: 'too-few-referable' | 'too-few-non-referable', have: number, need: number): GateReason[] {
  return have >= need ? [] : [{ code, params: { have, need } }];
}

function rateReasons(name: 'sensitivity' | 'specificity', rate: PairedRate | null, aim: number): GateReason[] {
  if (rate === null) return [];
  const reasons: GateReason[] = [];
  if (rate.candidate < aim) reasons.push({ code: `${name}-low`, params: { value: shown(rate.candidate), aim } });
  if (rate.candidateLow < GATE.floor)
    reasons.push({ code: `${name}-uncertain`, params: { low: shown(rate.candidateLow), floor: GATE.floor } });
  if (!(rate.differenceLow > GATE.margin)) {
    reasons.push({ code: `${name}-worse`, params: { low: shown(rate.differenceLow), margin: GATE.margin } });
  }
  return reasons;
}

function judgeSlice(slice: string, patients: readonly GatePatient[], reasons: GateReason[], notes: GateNote[]): void {
  if (patients.length === 0) {
    notes.push({ code: 'slice-never-tested', params: { slice } });
    return;
  }
  const referable = patients.filter((patient) => patient.referable);
  if (referable.length < GATE.sliceReferable) {
    notes.push({ code: 'slice-too-few', params: { slice, have: referable.length, need: GATE.sliceReferable } });
    return;
  }
  const rate = pairedRate(referable, (called) => called);
  // In whole patients: 20 patients, 18 against 16 found, is a fall of 0.1 exactly and not of 0.09999.
  const lost = referable.filter((patient) => patient.active).length - referable.filter((patient) => patient.candidate).length;
  if (rate === null || lost <= GATE.sliceFall * referable.length + 1e-9) return;
  reasons.push({
    code: 'slice-fell',
    params: { slice, active: shown(rate.active), candidate: shown(rate.candidate), patients: referable.length },
  });
}

function countersignReasons({ countersignature, trainerId }: GateInput): GateReason[] {
  if (countersignature === null) return [{ code: 'not-countersigned', params: {} }];
  if (!countersignature.isDoctor) return [{ code: 'countersigner-not-doctor', params: {} }];
  return countersignature.userId === trainerId ? [{ code: 'countersigned-by-trainer', params: {} }] : [];
}

/** @param right whether a call is the right one for these patients */
function pairedRate(patients: readonly GatePatient[], right: (called: boolean) => boolean): PairedRate | null {
  const of = patients.length;
  if (of === 0) return null;
  const candidate = patients.filter((patient) => right(patient.candidate)).length;
  const active = patients.filter((patient) => right(patient.active)).length;
  const discordant = patients.filter((patient) => patient.candidate !== patient.active).length / of;
  const difference = (candidate - active) / of;
  const spread = discordant - difference * difference;
  const needed = difference > GATE.margin ? Math.ceil((Z_ONE_SIDED ** 2 * spread) / (difference - GATE.margin) ** 2) : null;
  return {
    of,
    candidate: candidate / of,
    active: active / of,
    candidateLow: wilson(candidate, of).low,
    differenceLow: difference - Z_ONE_SIDED * Math.sqrt(spread / of),
    stillNeeded: needed === null ? null : Math.max(0, needed - of),
  };
}

function stillNeeded(have: number, smallest: number, rate: PairedRate | null): number | null {
  if (rate !== null && rate.stillNeeded === null) return null;
  return Math.max(0, smallest - have, rate?.stillNeeded ?? 0);
}

function shown(value: number): number {
  return Math.round(value * 1000) / 1000;
}
