import { listTrainingEpochs, listTrainingEvents, type TrainingEvent, type TrainingRun } from '../../db/queries/trainings';
import type { ReadableDatabase } from '../../db/sql';
import type { TrainingCounts, TrainingNote, TrainingRunDetail, TrainingRunSummary, TrainingState } from '../../shared/domain/training';
import type { AppErrorData } from '../../shared/errors';

/** What decides a run's state; the others only tell about it. */
const STATES: Partial<Record<TrainingEvent['kind'], TrainingState>> = {
  started: 'running',
  resumed: 'running',
  paused: 'paused',
  cancelled: 'cancelled',
  failed: 'failed',
  finished: 'finished',
};

/** @param underWay whether this process trains it now: a run that only the database calls running was cut off */
export function detailOf(db: ReadableDatabase, run: TrainingRun, underWay: boolean): TrainingRunDetail {
  const events = listTrainingEvents(db, run.id);
  const history = listTrainingEpochs(db, run.id);
  const deciding = events.filter(({ kind }) => STATES[kind] !== undefined).at(-1);
  const stored = STATES[deciding?.kind ?? 'started'] ?? 'running';
  const best = history.filter((facts) => facts.best).at(-1);
  const last = <T>(kind: TrainingEvent['kind']): T | undefined =>
    events.filter((event) => event.kind === kind).at(-1)?.details as T | undefined;
  return {
    id: run.id,
    request: run.request,
    actorId: run.actorId,
    startedAt: run.createdAt,
    changedAt: events.at(-1)?.createdAt ?? run.createdAt,
    state: !underWay && (stored === 'running' || stored === 'paused') ? 'interrupted' : stored,
    error: stored === 'failed' ? ((deciding?.details['error'] as AppErrorData | undefined) ?? null) : null,
    modelId: last<{ modelId: string }>('finished')?.modelId ?? null,
    epochs: run.epochs,
    epochsDone: history.at(-1)?.epoch ?? 0,
    bestEpoch: best?.epoch ?? null,
    validationAuc: best?.validationAuc ?? null,
    history,
    notes: events.filter(({ kind }) => kind === 'note').map(({ details }) => details as unknown as TrainingNote),
    device: last<{ device: string }>('device')?.device ?? null,
    counts: last<TrainingCounts & Record<string, unknown>>('set') ?? null,
  };
}

export function summaryOf(db: ReadableDatabase, run: TrainingRun, underWay: boolean): TrainingRunSummary {
  const { history: _history, notes: _notes, device: _device, counts: _counts, ...summary } = detailOf(db, run, underWay);
  return summary;
}
