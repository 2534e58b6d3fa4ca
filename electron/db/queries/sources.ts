import { z } from 'zod';
import { EYES, type Eye } from '../../shared/domain/codes';
import { ERROR_CODES, type AppErrorData } from '../../shared/errors';
import { newId } from '../ids';
import { bytes, fromHex, hex, json } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

/** What a name, a folder or a list says of a photograph, with the code of the rule that read it. A claim, not yet an assignment. */
export interface Claim {
  patientKey: string | null;
  patientBasis: string | null;
  eye: Eye | null;
  eyeBasis: string | null;
}

/** One file seen in a run, once it is known what became of it: an image or an error. */
export interface NewImageSource {
  siteId: string;
  runId: string;
  /** Which of the run's roots it was found under. */
  rootPosition: number;
  /** Whole path, bytes. */
  path: Uint8Array;
  folder: Uint8Array;
  size: number | null;
  modifiedAt: number | null;
  /** Hex; null when the file could not be read. */
  sha256: string | null;
  imageId: string | null;
  error: AppErrorData | null;
  claim: Claim;
  /** File to stored result, milliseconds. */
  ms: number | null;
}

export interface ImageSource extends NewImageSource {
  seq: number;
  id: string;
  supersedesId: string | null;
  createdAt: number;
}

/** The columns of `image_source` and how they become an ImageSource; the run's listing joins more to them. */
export const sourceColumns = {
  seq: z.number(),
  id: z.string(),
  site_id: z.string(),
  run_id: z.string(),
  root_position: z.number(),
  path: bytes,
  folder: bytes,
  size: z.number().nullable(),
  modified_at: z.number().nullable(),
  sha256: hex.nullable(),
  image_id: z.string().nullable(),
  error_code: z.enum(ERROR_CODES).nullable(),
  error_params: json(z.record(z.string(), z.union([z.string(), z.number()]))).nullable(),
  claimed_patient: z.string().nullable(),
  claimed_patient_basis: z.string().nullable(),
  claimed_eye: z.enum(EYES).nullable(),
  claimed_eye_basis: z.string().nullable(),
  ms: z.number().nullable(),
  supersedes_id: z.string().nullable(),
  created_at: z.number(),
};
const columnsSchema = z.object(sourceColumns);

export function toImageSource(row: z.output<typeof columnsSchema>): ImageSource {
  return {
    seq: row.seq,
    id: row.id,
    siteId: row.site_id,
    runId: row.run_id,
    rootPosition: row.root_position,
    path: row.path,
    folder: row.folder,
    size: row.size,
    modifiedAt: row.modified_at,
    sha256: row.sha256,
    imageId: row.image_id,
    error: row.error_code === null ? null : { code: row.error_code, params: row.error_params ?? {} },
    claim: {
      patientKey: row.claimed_patient,
      patientBasis: row.claimed_patient_basis,
      eye: row.claimed_eye,
      eyeBasis: row.claimed_eye_basis,
    },
    ms: row.ms,
    supersedesId: row.supersedes_id,
    createdAt: row.created_at,
  };
}
const sourceRow = columnsSchema.transform(toImageSource);

/**
 * Notes a file. One that failed before in this run, or whose content has changed, gets a new row that supersedes the old one.
 *
 * @throws SqliteError (constraint) when the same content of this path is in the run already
 */
export function addImageSource(db: WritableDatabase, source: NewImageSource): ImageSource {
  return transaction(db, () => {
    const before = findSource(db, source.runId, source.path);
    run(
      db,
      sql`INSERT INTO image_source
            (id, site_id, run_id, root_position, path, folder, size, modified_at, sha256, image_id, error_code, error_params,
             claimed_patient, claimed_patient_basis, claimed_eye, claimed_eye_basis, ms, supersedes_id, created_at)
          VALUES (${newId()}, ${source.siteId}, ${source.runId}, ${source.rootPosition}, ${source.path}, ${source.folder}, ${source.size},
            ${source.modifiedAt}, ${source.sha256 === null ? null : fromHex(source.sha256)}, ${source.imageId},
            ${source.error?.code ?? null}, ${source.error === null ? null : JSON.stringify(source.error.params)},
            ${source.claim.patientKey}, ${source.claim.patientBasis}, ${source.claim.eye}, ${source.claim.eyeBasis},
            ${source.ms}, ${before?.id ?? null}, ${Date.now()})`,
    );
    const added = findSource(db, source.runId, source.path);
    if (!added) throw new Error('the file that was just noted is not there');
    return added;
  });
}

/** What is known of a path in a run now. */
export function findSource(db: ReadableDatabase, runId: string, path: Uint8Array): ImageSource | undefined {
  return get(db, sql`SELECT * FROM image_source WHERE run_id = ${runId} AND path = ${path} ORDER BY seq DESC LIMIT 1`, sourceRow);
}

/** Every attempt at a path in a run, oldest first. */
export function listSourceAttempts(db: ReadableDatabase, runId: string, path: Uint8Array): ImageSource[] {
  return all(db, sql`SELECT * FROM image_source WHERE run_id = ${runId} AND path = ${path} ORDER BY seq`, sourceRow);
}

/** The current rows of a run in byte order of the path, a page at a time. */
export function listRunSources(
  db: ReadableDatabase,
  runId: string,
  { afterPath, limit }: { afterPath: Uint8Array | null; limit: number } = { afterPath: null, limit: Number.MAX_SAFE_INTEGER },
): ImageSource[] {
  return all(
    db,
    sql`SELECT * FROM image_source s
        WHERE s.run_id = ${runId} AND s.path > ${afterPath ?? new Uint8Array()} AND NOT EXISTS (SELECT 1 FROM image_source n WHERE n.supersedes_id = s.id)
        ORDER BY s.path LIMIT ${limit}`,
    sourceRow,
  );
}

export interface RunFileCounts {
  files: number;
  failed: number;
}

export function countRunFiles(db: ReadableDatabase, runId: string): RunFileCounts {
  const counts = get(
    db,
    sql`SELECT count(*) AS files, count(s.error_code) AS failed FROM image_source s
        WHERE s.run_id = ${runId} AND NOT EXISTS (SELECT 1 FROM image_source n WHERE n.supersedes_id = s.id)`,
    z.object({ files: z.number(), failed: z.number() }),
  );
  return counts ?? { files: 0, failed: 0 };
}
