import type { PatientListRow } from '../../shared/ipc/types';
import { emptyGroups, type RunView } from './run-view';

/**
 * A run as a person with photographs to read may see it: patients of whom a photograph is blinded are left out wholly, with their counts, since a count
 * of what is left would give them away.
 *
 * @param blinded photographs of which this person may see no prediction
 */
export function blindView(view: RunView, blinded: ReadonlySet<string>): { view: RunView; hidden: number } {
  if (blinded.size === 0) return { view, hidden: 0 };
  const isHidden = (row: PatientListRow): boolean => imageIdsOf(row).some((id) => blinded.has(id));
  const rows = view.rows.filter((row) => !isHidden(row));
  const hidden = view.rows.length - rows.length;
  if (hidden === 0) return { view, hidden };
  const groups = emptyGroups();
  for (const row of rows) groups[row.group] += 1;
  const names = new Set(view.rows.filter(isHidden).flatMap(({ identified, patient }) => (identified ? [patient] : [])));
  const failed = view.failed.filter(({ patient, imageId }) => !names.has(patient ?? '') && !blinded.has(imageId ?? ''));
  return { view: { ...view, rows, byKey: new Map(rows.map((row) => [row.key, row])), groups, failed }, hidden };
}

export function imageIdsOf(row: Pick<PatientListRow, 'eyes' | 'unplacedImageIds'>): string[] {
  return [...row.eyes.flatMap(({ imageIds }) => imageIds), ...row.unplacedImageIds];
}
