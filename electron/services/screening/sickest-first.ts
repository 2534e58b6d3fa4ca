import type { PatientResult } from '../../shared/domain/codes';
import type { PatientRow } from '../../shared/domain/screening';

const ORDER: readonly PatientResult[] = ['refer', 'ungradable', 'incomplete', 'no-refer'];

/** Order of every list of patients: urgent, then by result, then by the worst score, then by name. */
export function sickestFirst(a: PatientRow, b: PatientRow): number {
  if (a.urgent !== b.urgent) return a.urgent ? -1 : 1;
  const byResult = ORDER.indexOf(a.result) - ORDER.indexOf(b.result);
  if (byResult !== 0) return byResult;
  const byScore = worstScore(b) - worstScore(a);
  if (byScore !== 0) return byScore;
  return a.patient < b.patient ? -1 : a.patient > b.patient ? 1 : 0;
}

function worstScore(row: PatientRow): number {
  return Math.max(-1, ...row.eyes.map((eye) => eye.p2 ?? -1));
}
