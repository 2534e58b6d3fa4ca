import type { PatientResult } from '../../shared/domain/codes';
import type { PatientRow } from '../../shared/domain/screening';

const ORDER: readonly PatientResult[] = ['refer', 'ungradable', 'incomplete', 'no-refer'];

/** The order of every list of patients: urgent, then by result, then by the worst score, then by name. */
export function sickestFirst(rows: Iterable<PatientRow>): PatientRow[] {
  return [...rows]
    .map(ranked)
    .sort(byRank)
    .map(({ row }) => row);
}

interface Ranked {
  row: PatientRow;
  group: number;
  score: number;
}

function ranked(row: PatientRow): Ranked {
  const score = Math.max(-1, ...row.eyes.map((eye) => eye.p2 ?? -1));
  return { row, group: row.urgent ? -1 : ORDER.indexOf(row.result), score };
}

function byRank(a: Ranked, b: Ranked): number {
  if (a.group !== b.group) return a.group - b.group;
  if (a.score !== b.score) return b.score - a.score;
  return a.row.patient < b.row.patient ? -1 : a.row.patient > b.row.patient ? 1 : 0;
}
