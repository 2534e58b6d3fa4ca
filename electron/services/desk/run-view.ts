import type { ImageRow, PatientRow } from '../../shared/domain/screening';
import type { Input } from '../../shared/ipc/contract';
import {
  type FailedFilePage,
  PATIENT_GROUPS,
  type PatientGroup,
  type PatientGroupCounts,
  type PatientListRow,
  type PatientPage,
} from '../../shared/ipc/types';

/** A run's patients and images, arranged for the window. Built once for each state of the run, asked many times. */
export interface RunView {
  /** Sickest first. */
  rows: PatientListRow[];
  byKey: ReadonlyMap<string, PatientListRow>;
  imagesByPatient: ReadonlyMap<string, ImageRow[]>;
  groups: PatientGroupCounts;
  failed: ImageRow[];
}

type Order = Pick<Input<'patientDetail'>, 'groups' | 'search' | 'sort'>;

export function groupOf(patient: Pick<PatientRow, 'result' | 'urgent'>): PatientGroup {
  return patient.urgent ? 'urgent' : patient.result;
}

export function emptyGroups(): PatientGroupCounts {
  return { urgent: 0, refer: 0, ungradable: 0, incomplete: 0, 'no-refer': 0 };
}

export function buildRunView(results: { images: readonly ImageRow[]; patients: readonly PatientRow[] }): RunView {
  const byImageId = new Map<string, ImageRow[]>();
  for (const image of results.images) {
    if (image.imageId === null) continue;
    const same = byImageId.get(image.imageId);
    if (same === undefined) byImageId.set(image.imageId, [image]);
    else same.push(image);
  }
  const byPatientName = new Map<string, ImageRow[]>();
  for (const image of results.images) {
    if (image.patient === null || image.imageId !== null) continue;
    const same = byPatientName.get(image.patient);
    if (same === undefined) byPatientName.set(image.patient, [image]);
    else same.push(image);
  }

  const byKey = new Map<string, PatientListRow>();
  const imagesByPatient = new Map<string, ImageRow[]>();
  const groups = emptyGroups();
  for (const patient of results.patients) {
    const ids = [...patient.eyes.flatMap((eye) => eye.imageIds), ...patient.unplacedImageIds];
    const images = ids.flatMap((id) => ownRow(byImageId.get(id), patient));
    // Files that failed have no image; they belong to the patient by name.
    if (patient.identified) images.push(...(byPatientName.get(patient.patient) ?? []));
    const key = keyOf(patient, ids);
    const row = listRow(patient, key, images);
    groups[row.group] += 1;
    byKey.set(key, row);
    imagesByPatient.set(key, images);
  }
  const rows = [...byKey.values()].sort(sickestFirst);
  return { rows, byKey, imagesByPatient, groups, failed: results.images.filter((image) => image.error !== null) };
}

/** One content may lie under several names; the patient's own row is wanted. */
function ownRow(rows: readonly ImageRow[] | undefined, patient: PatientRow): ImageRow[] {
  const row = rows?.find((each) => each.patient === patient.patient) ?? rows?.[0];
  return row === undefined ? [] : [row];
}

/** The same before and after the run has concluded: names are unique within a run, patients' ids come only then. */
function keyOf(patient: PatientRow, imageIds: readonly string[]): string {
  return patient.identified ? `patient:${patient.patient}` : `image:${imageIds[0] ?? patient.patient}`;
}

function listRow(patient: PatientRow, key: string, images: readonly ImageRow[]): PatientListRow {
  let worst: ImageRow | null = null;
  for (const image of images) {
    if (image.p !== null && (worst === null || worst.p === null || image.p[1] > worst.p[1])) worst = image;
  }
  const shown = worst ?? images.find((image) => image.imageId !== null) ?? null;
  return {
    ...patient,
    key,
    group: groupOf(patient),
    imageCount: images.length,
    p2: worst?.p?.[1] ?? null,
    imageId: shown?.imageId ?? null,
  };
}

/** Group first, then score; what was never scored goes last in its group; names settle the rest. */
function sickestFirst(a: PatientListRow, b: PatientListRow): number {
  return PATIENT_GROUPS.indexOf(a.group) - PATIENT_GROUPS.indexOf(b.group) || (b.p2 ?? -1) - (a.p2 ?? -1) || byName(a, b);
}

/** "2" before "10". */
const NAMES = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });
function byName(a: PatientListRow, b: PatientListRow): number {
  return NAMES.compare(a.patient, b.patient) || (a.key < b.key ? -1 : 1);
}

/** All rows that the filter lets through, in the order asked for. */
export function selectPatients(view: RunView, { groups, search, sort }: Order): PatientListRow[] {
  const words = fold(search)
    .split(/\s+/)
    .filter((word) => word !== '');
  const selected = view.rows.filter(
    (row) => (groups.length === 0 || groups.includes(row.group)) && words.every((word) => searchable(view, row).includes(word)),
  );
  return sort === 'name' ? selected.sort(byName) : selected;
}

/** Names of the patient and of the files. */
function searchable(view: RunView, row: PatientListRow): string {
  return fold([row.patient, ...(view.imagesByPatient.get(row.key) ?? []).map((image) => image.file)].join('\n'));
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

export function patientPage(view: RunView, query: Input<'listPatients'>, hidden = 0): PatientPage {
  const selected = selectPatients(view, query);
  return { total: selected.length, groups: view.groups, hidden, rows: selected.slice(query.offset, query.offset + query.limit) };
}

/** The keys before and after one in the list as it is shown; null at the ends and for one that the filter hides. */
export function neighbours(view: RunView, order: Order, key: string): { previous: string | null; next: string | null } {
  const selected = selectPatients(view, order);
  const place = selected.findIndex((row) => row.key === key);
  if (place < 0) return { previous: null, next: null };
  return { previous: selected[place - 1]?.key ?? null, next: selected[place + 1]?.key ?? null };
}

export function failedFilePage(view: RunView, query: Input<'listFailedFiles'>): FailedFilePage {
  const rows = view.failed.slice(query.offset, query.offset + query.limit);
  return {
    total: view.failed.length,
    rows: rows.flatMap(({ file, imageId, patient, error }) => (error === null ? [] : [{ file, imageId, patient, error }])),
  };
}
