import { basename } from 'node:path';
import { countRunFiles } from '../../db/queries/sources';
import { countPatientResults } from '../../db/queries/run-summaries';
import { getRun, listRunRoots, listRuns, type ScreeningRun } from '../../db/queries/runs';
import type { ReadableDatabase } from '../../db/sql';
import { AppError } from '../../shared/errors';
import type { PatientGroupCounts, RunState, RunSummary } from '../../shared/ipc/types';
import { emptyGroups, groupOf } from './run-view';

/** Newest first, as far as this person may know; counts come from the database, without reading a run's files. */
export function runSummaries(db: ReadableDatabase, userId: string): RunSummary[] {
  return listRuns(db).map((run) => summaryOf(db, run, userId));
}

/** @throws AppError not-found */
export function runSummary(db: ReadableDatabase, runId: string, userId: string): RunSummary {
  const run = getRun(db, runId);
  if (run === undefined) throw new AppError('not-found', { what: 'run' });
  return summaryOf(db, run, userId);
}

/** The folders and files as the person gave them. */
export function runPaths(db: ReadableDatabase, runId: string): string[] {
  return listRunRoots(db, runId).map((path) => Buffer.from(path).toString('utf8'));
}

function summaryOf(db: ReadableDatabase, run: ScreeningRun, userId: string): RunSummary {
  const { files, failed } = countRunFiles(db, run.id);
  const paths = runPaths(db, run.id);
  return {
    runId: run.id,
    state: stateOf(run),
    folder: basename(paths[0] ?? ''),
    paths,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    counts: { found: files, done: files, reused: 0, failed, otherFiles: run.otherFiles ?? 0 },
    patients: groupCounts(db, run, userId),
    resumable: run.listSha256 === null,
    taskId: null,
  };
}

/** Neither finished nor cancelled: a crash, a power cut or a window that was closed came between. */
function stateOf(run: ScreeningRun): RunState {
  if (run.finishedAt !== null) return 'done';
  return run.cancelledAt === null ? 'interrupted' : 'cancelled';
}

function groupCounts(db: ReadableDatabase, run: ScreeningRun, userId: string): PatientGroupCounts | null {
  const counts = countPatientResults(db, run.id, userId);
  if (counts.length === 0) return null;
  const groups = emptyGroups();
  for (const { result, urgent, patients } of counts) groups[groupOf({ result, urgent })] += patients;
  return groups;
}
