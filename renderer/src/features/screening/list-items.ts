import { PATIENT_GROUPS, type PatientGroup, type PatientGroupCounts, type PatientQuery } from '../../../../electron/shared/ipc/types';

/** A line of the list: the heading of a group, or the patient at an index of the list without headings. */
export type ListItem = { kind: 'heading'; group: PatientGroup; count: number } | { kind: 'patient'; index: number };

/** A small picture with air around it. */
export const PATIENT_LINE_PX = 58;
export const HEADING_LINE_PX = 34;

/**
 * Lines of the patient list, counted without holding them: headings stand before each group. Without groups (a search, an order by name)
 * there are none.
 */
export class ListItems {
  readonly count: number;
  readonly #starts: { line: number; firstPatient: number; group: PatientGroup; count: number }[] = [];

  constructor(total: number, groups: PatientGroupCounts | null) {
    let firstPatient = 0;
    for (const group of groups === null ? [] : PATIENT_GROUPS) {
      const count = groups?.[group] ?? 0;
      if (count === 0) continue;
      this.#starts.push({ line: firstPatient + this.#starts.length, firstPatient, group, count });
      firstPatient += count;
    }
    this.count = total + this.#starts.length;
  }

  at(line: number): ListItem {
    const start = this.#starts.findLast((each) => each.line <= line);
    if (start === undefined) return { kind: 'patient', index: line };
    if (start.line === line) return { kind: 'heading', group: start.group, count: start.count };
    return { kind: 'patient', index: start.firstPatient + line - start.line - 1 };
  }

  /** Where a line begins, pixels; of `count`: the height of all. */
  topOf(line: number): number {
    const headings = this.#starts.filter((each) => each.line < line).length;
    return (line - headings) * PATIENT_LINE_PX + headings * HEADING_LINE_PX;
  }
}

/** The groups that stand under headings, or null where the order is not by group. */
export function headedGroups(counts: PatientGroupCounts | null, filter: Omit<PatientQuery, 'runId'>): PatientGroupCounts | null {
  if (counts === null || filter.sort !== 'sickest' || filter.search.trim() !== '') return null;
  if (filter.groups.length === 0) return counts;
  const shown = { ...counts };
  for (const group of PATIENT_GROUPS) if (!filter.groups.includes(group)) shown[group] = 0;
  return shown;
}

/** The patient rows among some lines, the last excluded; what has to be fetched to draw them. */
export function patientsAmong(items: ListItems, first: number, end: number): { first: number; end: number } {
  let low = Infinity;
  let high = 0;
  for (let line = first; line < end; line += 1) {
    const item = items.at(line);
    if (item.kind !== 'patient') continue;
    low = Math.min(low, item.index);
    high = item.index + 1;
  }
  return low === Infinity ? { first: 0, end: 0 } : { first: low, end: high };
}
