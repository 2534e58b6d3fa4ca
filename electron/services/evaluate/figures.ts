import { auc, type Auc } from '../../shared/statistics/auc';
import { calibrationError, reliability, type ReliabilityBin } from '../../shared/statistics/calibration';
import { confusionMatrix, quadraticKappa, type Kappa } from '../../shared/statistics/kappa';
import { atPrevalence, atThreshold, type AtPrevalence, type AtThreshold } from '../../shared/statistics/operating-points';

/** What is measured: a photograph, or a patient with the worst of theirs. */
export interface MeasuredCase {
  referable: boolean;
  /** ICDR 0..4 where known. */
  grade: number | null;
  /** Calibrated P(grade >= 1..4); null for what the program does not score (not a retina): sent on, so test positive. */
  p: readonly number[] | null;
}

export interface Figures {
  cases: number;
  positives: number;
  /** Not scored: counted as positive at every threshold, and left out of AUC, kappa and calibration. */
  notScored: number;
  auc: Auc | null;
  /** For grade >= 3, of the graded. */
  aucSevere: Auc | null;
  /** Intention to screen. */
  screening: AtThreshold;
  confirm: AtThreshold | null;
  kappa: Kappa | null;
  /** Rows true grade, columns predicted; empty where nothing is graded. */
  confusion: number[][];
  calibrationError: number;
  reliability: ReliabilityBin[];
  /** At 1.5, 4 and 12 % referable, from sensitivity and specificity at the screening point. */
  prevalence: AtPrevalence[];
  accuracy: number;
  /** What calling everybody healthy would score. */
  accuracyAlwaysHealthy: number;
}

export const PREVALENCES = [0.015, 0.04, 0.12] as const;
const GRADES = 5;
/** Above every threshold: what is not scored is sent on. */
const SENT_ON = Number.POSITIVE_INFINITY;

/** All figures of a group of photographs or patients. */
export function figuresOf(cases: readonly MeasuredCase[], thresholds: { screening: number; confirm: number | null }): Figures {
  const scored = cases.flatMap(({ p, ...rest }) => (p ? [{ ...rest, p }] : []));
  const referable = cases.map((row) => row.referable);
  const all = cases.map((row) => row.p?.[1] ?? SENT_ON);
  const screening = atThreshold(all, referable, thresholds.screening);
  // A two-class head says nothing of grades: its other probabilities are NaN.
  const graded = scored.flatMap(({ grade, p }) => (grade === null || p.some(Number.isNaN) ? [] : [{ grade, p }]));
  const bins = reliability(
    scored.map((row) => row.p[1] ?? 0),
    scored.map((row) => row.referable),
  );
  const confusion = confusionMatrix(
    graded.map((row) => row.grade),
    graded.map((row) => row.p.filter((probability) => probability >= 0.5).length),
    GRADES,
  );
  const positives = referable.filter(Boolean).length;
  const { sensitivity, specificity } = screening;
  return {
    cases: cases.length,
    positives,
    notScored: cases.length - scored.length,
    auc: auc(
      scored.map((row) => row.p[1] ?? 0),
      scored.map((row) => row.referable),
    ),
    aucSevere: auc(
      graded.map((row) => row.p[2] ?? 0),
      graded.map((row) => row.grade >= 3),
    ),
    screening,
    confirm: thresholds.confirm === null ? null : atThreshold(all, referable, thresholds.confirm),
    kappa: quadraticKappa(confusion),
    confusion,
    calibrationError: calibrationError(bins),
    reliability: bins,
    prevalence: sensitivity && specificity ? PREVALENCES.map((share) => atPrevalence(sensitivity.value, specificity.value, share)) : [],
    accuracy: cases.length === 0 ? 0 : (screening.truePositives + screening.trueNegatives) / cases.length,
    accuracyAlwaysHealthy: cases.length === 0 ? 0 : 1 - positives / cases.length,
  };
}

/** Patients from their photographs: worst probability, worst grade; one photograph that is not scored sends the patient on. */
export function patientsOf<T extends MeasuredCase & { patient: string }>(images: readonly T[]): MeasuredCase[] {
  const byPatient = new Map<string, MeasuredCase>();
  for (const { patient, referable, grade, p } of images) {
    const worst = byPatient.get(patient);
    if (!worst) {
      byPatient.set(patient, { referable, grade, p });
      continue;
    }
    byPatient.set(patient, {
      referable: worst.referable || referable,
      grade: worst.grade === null || grade === null ? null : Math.max(worst.grade, grade),
      p: worst.p && p ? worst.p.map((value, index) => Math.max(value, p[index] ?? 0)) : null,
    });
  }
  return [...byPatient.values()];
}
