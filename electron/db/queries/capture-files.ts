import { z } from 'zod';
import { EYES, type Eye } from '../../shared/domain/codes';
import { CAPTURE_WAYS, type CaptureWay, type DismissalReason, WAITING_REASONS, type WaitingReason } from '../../shared/domain/capture';
import { ERROR_CODES, type AppErrorData } from '../../shared/errors';
import { newId } from '../ids';
import { bytes, fromHex, hex, json } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** One file that came in, once it is known what became of it. */
export interface NewCaptureFile {
  siteId: string;
  way: CaptureWay;
  actorId: string;
  /** Whole path, bytes. */
  path: Uint8Array;
  /** Its last part, for display. */
  name: string;
  size: number | null;
  modifiedAt: number | null;
  /** Hex; null when the file could not be read. */
  sha256: string | null;
  imageId: string | null;
  error: AppErrorData | null;
  claimedPatient: string | null;
  claimedEye: Eye | null;
  /** null: the tray. */
  encounterId: string | null;
  /** Why it is in the tray. */
  waitsBecause: WaitingReason | null;
  /** File seen to result stored, milliseconds. */
  ms: number;
}

export interface CaptureFile extends NewCaptureFile {
  seq: number;
  id: string;
  createdAt: number;
}

const captureFileRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    site_id: z.string(),
    way: z.enum(CAPTURE_WAYS),
    actor_id: z.string(),
    path: bytes,
    name: z.string(),
    size: z.number().nullable(),
    modified_at: z.number().nullable(),
    sha256: hex.nullable(),
    image_id: z.string().nullable(),
    error_code: z.enum(ERROR_CODES).nullable(),
    error_params: json(z.record(z.string(), z.union([z.string(), z.number()]))).nullable(),
    claimed_patient: z.string().nullable(),
    claimed_eye: z.enum(EYES).nullable(),
    encounter_id: z.string().nullable(),
    waits_because: z.enum(WAITING_REASONS).nullable(),
    ms: z.number(),
    created_at: z.number(),
  })
  .transform((row): CaptureFile => ({
    seq: row.seq,
    id: row.id,
    siteId: row.site_id,
    way: row.way,
    actorId: row.actor_id,
    path: row.path,
    name: row.name,
    size: row.size,
    modifiedAt: row.modified_at,
    sha256: row.sha256,
    imageId: row.image_id,
    error: row.error_code === null ? null : { code: row.error_code, params: row.error_params ?? {} },
    claimedPatient: row.claimed_patient,
    claimedEye: row.claimed_eye,
    encounterId: row.encounter_id,
    waitsBecause: row.waits_because,
    ms: row.ms,
    createdAt: row.created_at,
  }));

export function addCaptureFile(db: WritableDatabase, file: NewCaptureFile): CaptureFile {
  const id = newId();
  run(
    db,
    sql`INSERT INTO capture_file (id, site_id, way, actor_id, path, name, size, modified_at, sha256, image_id, error_code, error_params,
          claimed_patient, claimed_eye, encounter_id, waits_because, ms, created_at)
        VALUES (${id}, ${file.siteId}, ${file.way}, ${file.actorId}, ${file.path}, ${file.name}, ${file.size}, ${file.modifiedAt},
          ${file.sha256 === null ? null : fromHex(file.sha256)}, ${file.imageId}, ${file.error?.code ?? null},
          ${file.error === null ? null : JSON.stringify(file.error.params)}, ${file.claimedPatient}, ${file.claimedEye},
          ${file.encounterId}, ${file.waitsBecause}, ${file.ms}, ${Date.now()})`,
  );
  const added = getCaptureFile(db, id);
  if (!added) throw new Error('the file that was just stored is not there');
  return added;
}

export function getCaptureFile(db: ReadableDatabase, fileId: string): CaptureFile | undefined {
  return get(db, sql`SELECT * FROM capture_file WHERE id = ${fileId}`, captureFileRow);
}

/** The last time that a file of this path came in. */
export function lastCaptureOfPath(db: ReadableDatabase, path: Uint8Array): CaptureFile | undefined {
  return get(db, sql`SELECT * FROM capture_file WHERE path = ${path} ORDER BY seq DESC LIMIT 1`, captureFileRow);
}

/** The file that last brought a photograph; its name is what the window shows. */
export function lastCaptureOfImage(db: ReadableDatabase, imageId: string): CaptureFile | undefined {
  return get(db, sql`SELECT * FROM capture_file WHERE image_id = ${imageId} ORDER BY seq DESC LIMIT 1`, captureFileRow);
}

/** Files of an encounter that could not be read, and that nobody has set aside. */
export function listFailedFiles(db: ReadableDatabase, encounterId: string): CaptureFile[] {
  return all(
    db,
    sql`SELECT f.* FROM capture_file f
        WHERE f.encounter_id = ${encounterId} AND f.error_code IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM capture_dismissal d WHERE d.file_id = f.id)
          -- A camera that had not finished writing: the same file was read later.
          AND NOT EXISTS (SELECT 1 FROM capture_file later WHERE later.path = f.path AND later.seq > f.seq)
        ORDER BY f.seq`,
    captureFileRow,
  );
}

/** Whether a camera's own number for a patient was put to another encounter since an instant. */
export function findClaimedElsewhere(db: ReadableDatabase, claimedPatient: string, encounterId: string, since: number): boolean {
  return (
    get(
      db,
      sql`SELECT 1 AS found FROM capture_file
          WHERE claimed_patient = ${claimedPatient} AND encounter_id IS NOT NULL AND encounter_id <> ${encounterId} AND created_at >= ${since}
          LIMIT 1`,
      z.object({ found: z.number() }),
    ) !== undefined
  );
}

/**
 * What waits in the tray, oldest first: photographs that belong to no encounter, and files without one that could not be read. A photograph
 * waits once, under the file that last brought it; a file that was read at a later try no longer waits.
 */
export function listTray(db: ReadableDatabase, page: { offset: number; limit: number }): CaptureFile[] {
  return all(db, sql`${selectTray()} ORDER BY f.seq LIMIT ${page.limit} OFFSET ${page.offset}`, captureFileRow);
}

export function countTray(db: ReadableDatabase): number {
  return get(db, sql`SELECT count(*) AS waiting FROM (${selectTray()})`, z.object({ waiting: z.number() }))?.waiting ?? 0;
}

function selectTray(): ReturnType<typeof sql> {
  return sql`SELECT f.* FROM capture_file f
    LEFT JOIN image_assignment_current a ON a.image_id = f.image_id
    WHERE f.waits_because IS NOT NULL AND (a.encounter_id IS NULL OR f.waits_because = 'with-another-patient')
      AND NOT EXISTS (SELECT 1 FROM capture_dismissal d WHERE d.file_id = f.id)
      AND NOT EXISTS (SELECT 1 FROM capture_file later WHERE later.seq > f.seq AND
        ((f.image_id IS NOT NULL AND later.image_id = f.image_id) OR (f.image_id IS NULL AND later.path = f.path)))`;
}

/** @throws SqliteError (constraint) when it has been set aside before */
export function dismissCaptureFile(
  db: WritableDatabase,
  dismissal: { siteId: string; fileId: string; reason: DismissalReason; actorId: string },
): void {
  run(
    db,
    sql`INSERT INTO capture_dismissal (id, site_id, file_id, reason, actor_id, created_at)
        VALUES (${newId()}, ${dismissal.siteId}, ${dismissal.fileId}, ${dismissal.reason}, ${dismissal.actorId}, ${Date.now()})`,
  );
}

/** Erasure: what a patient's files were called and where they lay can name the patient. What came of them stays. */
export function clearCaptureNames(db: WritableDatabase, patientId: string): void {
  run(
    db,
    sql`UPDATE capture_file SET path = CAST(id AS BLOB), name = '', claimed_patient = NULL
        WHERE encounter_id IN (SELECT id FROM encounter WHERE patient_id = ${patientId})
          OR image_id IN (SELECT image_id FROM image_assignment_current WHERE patient_id = ${patientId})`,
  );
}
