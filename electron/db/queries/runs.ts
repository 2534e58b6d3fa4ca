import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BACKENDS, type BackendName } from '../../shared/domain/codes';
import { newId } from '../ids';
import { bytes, fromHex, hex } from '../rows';
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

/** What was asked for and what decides whether stored results serve: the same command has the same values here. */
export interface RunCommand {
  /** Whole paths, bytes, in the order given. */
  roots: readonly Uint8Array[];
  modelId: string;
  preprocessing: string;
  gate: string;
  backend: BackendName;
  /** Hex, of the patient list given with it. */
  listSha256: string | null;
}

export interface ScreeningRun extends Omit<RunCommand, 'roots'> {
  seq: number;
  id: string;
  siteId: string;
  actorId: string;
  startedAt: number;
  finishedAt: number | null;
  cancelledAt: number | null;
  /** Files that are no photographs by name; null until the folders were walked. */
  otherFiles: number | null;
}

const runRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    site_id: z.string(),
    actor_id: z.string(),
    model_id: z.string(),
    preprocessing: z.string(),
    gate: z.string(),
    backend: z.enum(BACKENDS),
    list_sha256: hex.nullable(),
    started_at: z.number(),
    finished_at: z.number().nullable(),
    cancelled_at: z.number().nullable(),
    other_files: z.number().nullable(),
  })
  .transform((row): ScreeningRun => ({
    seq: row.seq,
    id: row.id,
    siteId: row.site_id,
    actorId: row.actor_id,
    modelId: row.model_id,
    preprocessing: row.preprocessing,
    gate: row.gate,
    backend: row.backend,
    listSha256: row.list_sha256,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    cancelledAt: row.cancelled_at,
    otherFiles: row.other_files,
  }));

const columns = sql`seq, id, site_id, actor_id, model_id, preprocessing, gate, backend, list_sha256, started_at, finished_at, cancelled_at, other_files`;

export function startRun(db: WritableDatabase, command: RunCommand & { siteId: string; actorId: string }): ScreeningRun {
  const id = newId();
  return transaction(db, () => {
    run(
      db,
      sql`INSERT INTO screening_run (id, site_id, actor_id, model_id, preprocessing, gate, backend, command_sha256, list_sha256, started_at)
          VALUES (${id}, ${command.siteId}, ${command.actorId}, ${command.modelId}, ${command.preprocessing}, ${command.gate}, ${command.backend},
            ${commandSha256(command)}, ${command.listSha256 === null ? null : fromHex(command.listSha256)}, ${Date.now()})`,
    );
    command.roots.forEach((path, position) => {
      run(db, sql`INSERT INTO screening_run_root (run_id, position, path) VALUES (${id}, ${position}, ${path})`);
    });
    return requireRun(db, id);
  });
}

/** The newest run of the same command that was not finished (cancelled, or cut off by a power failure): the command goes on with it. */
export function findUnfinishedRun(db: ReadableDatabase, command: RunCommand): ScreeningRun | undefined {
  return get(
    db,
    sql`SELECT ${columns} FROM screening_run WHERE command_sha256 = ${commandSha256(command)} AND finished_at IS NULL ORDER BY seq DESC LIMIT 1`,
    runRow,
  );
}

/** Takes up an unfinished run: it no longer counts as cancelled. */
export function resumeRun(db: WritableDatabase, runId: string): ScreeningRun {
  run(db, sql`UPDATE screening_run SET cancelled_at = NULL WHERE id = ${runId} AND finished_at IS NULL`);
  return requireRun(db, runId);
}

export function finishRun(db: WritableDatabase, runId: string, { otherFiles }: { otherFiles: number }): ScreeningRun {
  run(
    db,
    sql`UPDATE screening_run SET finished_at = ${Date.now()}, cancelled_at = NULL, other_files = ${otherFiles} WHERE id = ${runId} AND finished_at IS NULL`,
  );
  return requireRun(db, runId);
}

export function cancelRun(db: WritableDatabase, runId: string, { otherFiles }: { otherFiles: number | null }): ScreeningRun {
  run(
    db,
    sql`UPDATE screening_run SET cancelled_at = ${Date.now()}, other_files = ${otherFiles} WHERE id = ${runId} AND finished_at IS NULL`,
  );
  return requireRun(db, runId);
}

export function getRun(db: ReadableDatabase, runId: string): ScreeningRun | undefined {
  return get(db, sql`SELECT ${columns} FROM screening_run WHERE id = ${runId}`, runRow);
}

/** Newest first. */
export function listRuns(db: ReadableDatabase): ScreeningRun[] {
  return all(db, sql`SELECT ${columns} FROM screening_run ORDER BY seq DESC`, runRow);
}

export function listRunRoots(db: ReadableDatabase, runId: string): Uint8Array[] {
  return all(db, sql`SELECT path FROM screening_run_root WHERE run_id = ${runId} ORDER BY position`, z.object({ path: bytes })).map(
    ({ path }) => path,
  );
}

function requireRun(db: ReadableDatabase, runId: string): ScreeningRun {
  const found = getRun(db, runId);
  if (!found) throw new Error('no such run');
  return found;
}

/** Length before content, so that no two lists of roots give the same bytes. */
function commandSha256({ roots, modelId, preprocessing, gate, backend, listSha256 }: RunCommand): Uint8Array {
  const hash = createHash('sha256').update(JSON.stringify([modelId, preprocessing, gate, backend, listSha256]));
  for (const root of roots) hash.update(`\n${root.byteLength}\n`).update(root);
  return hash.digest();
}
