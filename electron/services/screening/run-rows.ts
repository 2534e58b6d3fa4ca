import { setImmediate } from 'node:timers/promises';

import { listRunFiles, type RunFile } from '../../db/queries/run-files';
import { listRunRoots, type ScreeningRun } from '../../db/queries/runs';
import type { ReadableDatabase } from '../../db/sql';
import { imageResult, evidenceOf, type ImageEvidence, type OperatingPoint } from '../../shared/clinical/outcome';
import type { Eye } from '../../shared/domain/codes';
import type { ImageRow } from '../../shared/domain/screening';
import { reconcileDuplicates } from '../../shared/naming/reconcile-duplicates';
import { withPauses } from '../pause';
import { displayOfPatientKey, isFromList } from './claims';
import { FoundNames } from './found-names';

/** One file of a run with what is needed to put it to its patient. */
export interface RunRow {
  image: ImageRow;
  /** The file's name in bytes, for the order. */
  name: Buffer;
  folder: Uint8Array;
  /** The same for display. */
  folderName: string;
  /** What name, folder or list say, after all names of the same content were heard. */
  claim: { patientKey: string | null; eye: Eye | null };
  /** Names of the same content say different eyes or patients: the photograph is assigned to nobody. */
  ownerUnclear: boolean;
  basis: string;
  sha256: string | null;
  /** The result was stored before this run began. */
  reused: boolean;
}

/** Photographs that belong together: a patient, or one photograph that stands alone. */
export interface RunPatient {
  /** null for a photograph that stands alone. */
  patientKey: string | null;
  /** Unique within the run. */
  display: string;
  /** In path order, one at least. */
  rows: RunRow[];
}

interface RunRows {
  /** In byte order of the path as found under the arguments. */
  rows: RunRow[];
  patients: RunPatient[];
}

/** A few milliseconds of reading between two turns of the event loop. */
const PAGE_ROWS = 200;

/** Reads a run from the database and puts its photographs together by patient. Pages with pauses keep the main thread answering. */
export async function readRunRows(
  db: ReadableDatabase,
  run: Pick<ScreeningRun, 'id' | 'startedAt'>,
  point: OperatingPoint,
): Promise<RunRows> {
  const names = new FoundNames(listRunRoots(db, run.id));
  const rows: RunRow[] = [];
  for (let afterPath: Uint8Array | null = null; ;) {
    const page: RunFile[] = listRunFiles(db, run.id, { afterPath, limit: PAGE_ROWS });
    rows.push(...page.map((file) => runRow(file, names, point, run.startedAt)));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ROWS) break;
    afterPath = last.source.path;
    await setImmediate();
  }
  rows.sort((a, b) => Buffer.compare(a.name, b.name));
  await settleClaims(rows);
  return { rows, patients: await patientsOf(rows) };
}

function runRow(
  { source, quality, p, modelId, backend, resultAt }: RunFile,
  names: FoundNames,
  point: OperatingPoint,
  startedAt: number,
): RunRow {
  const name = names.bytesOf(source.rootPosition, source.path);
  const scored = source.error === null;
  const image: ImageRow = {
    imageId: source.imageId,
    file: name.toString('utf8'),
    patient: null,
    eye: source.claim.eye,
    gradable: quality?.gradable ?? null,
    quality: quality?.score ?? null,
    reasons: quality?.reasons ?? [],
    p,
    result: 'error',
    modelId: scored ? modelId : null,
    backend: scored ? backend : null,
    ms: source.ms,
    error: source.error,
    notes: [],
  };
  image.result = imageResult(evidenceOf(image), point);
  return {
    image,
    name,
    folder: source.folder,
    folderName: names.folderTextOf(source.rootPosition, source.folder),
    claim: { patientKey: source.claim.patientKey, eye: source.claim.eye },
    ownerUnclear: false,
    basis: source.claim.patientBasis ?? source.claim.eyeBasis ?? 'none',
    sha256: source.sha256,
    reused: resultAt !== null && resultAt < startedAt,
  };
}

/** One content under several names is one photograph: names that contradict each other are settled together. */
async function settleClaims(rows: readonly RunRow[]): Promise<void> {
  const byContent = new Map<string, RunRow[]>();
  for await (const row of withPauses(rows)) if (row.sha256 !== null) pushTo(byContent, row.sha256, row);
  for await (const same of withPauses(byContent.values())) if (same.length > 1) settleDuplicates(same);
  for (const { image, claim } of rows) {
    image.eye = claim.eye;
    if (claim.patientKey === null) image.notes.push('patient-unknown');
    if (claim.eye === null) image.notes.push('eye-unknown');
  }
}

function settleDuplicates(same: readonly RunRow[]): void {
  const names = same.map(({ claim, folder }) => ({
    folderKey: Buffer.from(folder).toString('latin1'),
    parsed: { patient: null, patternId: null, ...claim },
  }));
  const patients = new Set(same.flatMap(({ claim }) => claim.patientKey ?? []));
  for (const [index, { parsed, contradicts }] of reconcileDuplicates(names).entries()) {
    const row = same[index];
    if (row === undefined) continue;
    row.claim = { patientKey: parsed.patientKey, eye: parsed.eye };
    row.ownerUnclear = contradicts || patients.size > 1;
    row.image.notes.push(contradicts ? 'duplicate-content-contradicts' : 'duplicate-content');
  }
}

function pushTo<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** Patients in the order of their first file, then the photographs that stand alone. */
async function patientsOf(rows: readonly RunRow[]): Promise<RunPatient[]> {
  const named = new Map<string, RunRow[]>();
  const alone = new Map<string, RunRow[]>();
  for await (const row of withPauses(rows)) {
    const { patientKey } = row.claim;
    if (patientKey !== null) pushTo(named, patientKey, row);
    else pushTo(alone, row.image.imageId ?? row.name.toString('latin1'), row);
  }
  const displays = await uniqueDisplays(named);
  const patients: RunPatient[] = [];
  for await (const [patientKey, own] of withPauses(named)) {
    const display = displays.get(patientKey) ?? patientKey;
    for (const row of own) row.image.patient = display;
    patients.push({ patientKey, display, rows: own });
  }
  for (const own of alone.values()) patients.push({ patientKey: null, display: own[0]?.image.file ?? '', rows: own });
  return patients;
}

/** A number holds within its folder: where two folders have a patient 12, both are shown with their folder. */
async function uniqueDisplays(named: ReadonlyMap<string, readonly RunRow[]>): Promise<Map<string, string>> {
  const byDisplay = new Map<string, string[]>();
  for await (const patientKey of withPauses(named.keys())) pushTo(byDisplay, displayOfPatientKey(patientKey), patientKey);
  const displays = new Map<string, string>();
  const taken = new Set<string>();
  for await (const [display, patientKeys] of withPauses(byDisplay)) {
    for (const patientKey of patientKeys) {
      const folder = named.get(patientKey)?.[0]?.folderName ?? '';
      const full = patientKeys.length > 1 && folder !== '' && !isFromList(patientKey) ? `${folder}/${display}` : display;
      let unique = full;
      for (let number = 2; taken.has(unique); number += 1) unique = `${full} (${number})`;
      taken.add(unique);
      displays.set(patientKey, unique);
    }
  }
  return displays;
}

/** What a patient's photographs say, each content once. */
export function evidenceOfRows(rows: readonly RunRow[]): ImageEvidence[] {
  const seen = new Set<string>();
  return rows.flatMap(({ image }) => {
    if (image.imageId !== null && seen.has(image.imageId)) return [];
    if (image.imageId !== null) seen.add(image.imageId);
    return [evidenceOf(image)];
  });
}
