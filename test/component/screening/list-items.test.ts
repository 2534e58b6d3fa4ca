import { describe, expect, test } from 'vitest';
import type { PatientGroupCounts } from '../../../electron/shared/ipc/types';
import {
  headedGroups,
  HEADING_LINE_PX,
  ListItems,
  PATIENT_LINE_PX,
  patientsAmong,
} from '../../../renderer/src/features/screening/list-items';

const counts: PatientGroupCounts = { urgent: 2, refer: 0, ungradable: 1, incomplete: 3, 'no-refer': 994 };
const everything = { groups: [], search: '', sort: 'sickest' as const };

describe('the lines of the patient list', () => {
  test('stand under a heading for each group that has patients, urgent first', () => {
    const items = new ListItems(1000, counts);
    const lines = Array.from({ length: 11 }, (_, line) => items.at(line));
    expect(lines.map((item) => (item.kind === 'heading' ? item.group : item.index))).toEqual([
      'urgent',
      0,
      1,
      'ungradable',
      2,
      'incomplete',
      3,
      4,
      5,
      'no-refer',
      6,
    ]);
    expect(items.count).toBe(1004);
    expect(items.at(1003)).toEqual({ kind: 'patient', index: 999 });
  });

  test('are as high as what is on them, and together as high as all', () => {
    const items = new ListItems(1000, counts);
    expect(items.topOf(1)).toBe(HEADING_LINE_PX);
    expect(items.topOf(4)).toBe(2 * HEADING_LINE_PX + 2 * PATIENT_LINE_PX);
    expect(items.topOf(items.count)).toBe(4 * HEADING_LINE_PX + 1000 * PATIENT_LINE_PX);
  });

  test('have no headings in an order by name or among the finds of a search', () => {
    expect(headedGroups(counts, { ...everything, sort: 'name' })).toBeNull();
    expect(headedGroups(counts, { ...everything, search: '12' })).toBeNull();
    expect(new ListItems(5, null).at(4)).toEqual({ kind: 'patient', index: 4 });
  });

  test('show the heading of the one group that is chosen', () => {
    const items = new ListItems(3, headedGroups(counts, { ...everything, groups: ['incomplete'] }));
    expect(items.count).toBe(4);
    expect(items.at(0)).toEqual({ kind: 'heading', group: 'incomplete', count: 3 });
  });

  test('tell which patients have to be fetched to draw them', () => {
    expect(patientsAmong(new ListItems(1000, counts), 2, 8)).toEqual({ first: 1, end: 5 });
    expect(patientsAmong(new ListItems(0, null), 0, 0)).toEqual({ first: 0, end: 0 });
  });
});
