import type { RunProgress } from '../../../../electron/shared/domain/screening';
import type { Task, TaskKind, TaskSteps } from '../../../../electron/shared/ipc/types';
import { m } from '../../../../electron/shared/messages/messages';
import { duration, ratePerSecond, wholeNumber } from '../../lib/format';
import type { Route } from '../../lib/route.svelte';

/** `312 of 1,000, 9 a second, 1 min 16 s left` */
export function progressText({ counts, imagesPerSecond, secondsLeft }: RunProgress): string {
  return m.task_progress({
    done: wholeNumber(counts.done),
    found: wholeNumber(counts.found),
    rate: ratePerSecond(imagesPerSecond),
    left: secondsLeft === null ? '–' : duration(secondsLeft),
  });
}

/** `12 of 40, 3 min 2 s left` */
export function stepsText({ done, total, secondsLeft }: TaskSteps): string {
  if (total === null) return m.task_steps_unknown({ done: wholeNumber(done) });
  return m.task_steps({
    done: wholeNumber(done),
    total: wholeNumber(total),
    left: secondsLeft === null ? '–' : duration(secondsLeft),
  });
}

/** How far it is, for a bar: null while nobody knows. */
export function taskShare({ progress, steps }: Task): { value: number | null; max: number } {
  if (progress !== null) return { value: progress.counts.done, max: progress.counts.found };
  if (steps !== null && steps.total !== null) return { value: steps.done, max: steps.total };
  return { value: null, max: 1 };
}

export const TASK_TITLES: Readonly<Record<TaskKind, () => string>> = {
  screen: m.task_screening,
  compare: m.task_compare,
  examine: m.task_examine,
  recall: m.task_recall,
  benchmark: m.task_benchmark,
  freeze: m.task_freeze,
  'export-data': m.task_export_data,
  'import-data': m.task_import_data,
  package: m.task_package,
  'label-noise': m.task_label_noise,
  campaign: m.task_campaign,
  papers: m.task_papers,
  backup: m.task_backup,
  restore: m.task_restore,
};

export function taskStateText(task: Task): string {
  switch (task.state) {
    case 'running':
      return TASK_TITLES[task.kind]();
    case 'cancelling':
      return m.task_stopping();
    case 'done':
      return task.kind === 'screen' ? m.window_run_done() : m.task_done();
    case 'cancelled':
      return m.window_run_cancelled();
    case 'failed':
      return m.window_task_failed();
  }
}

/** Where a task is shown; null where there is nothing to see yet. */
export function taskPlace({ kind, runId, recordId }: Task): Route | null {
  if (kind === 'screen') return runId === null ? null : { name: 'run', runId };
  if (kind === 'papers' || kind === 'backup' || kind === 'restore') return null;
  if (kind === 'freeze' || kind === 'export-data' || kind === 'import-data')
    return { name: 'room', room: 'data-sets', parts: recordId === null ? [] : [recordId] };
  if (kind === 'label-noise' || kind === 'campaign') return { name: 'room', room: 'campaigns', parts: recordId === null ? [] : [recordId] };
  if (kind === 'package') return { name: 'room', room: 'packages', parts: [] };
  if (kind === 'recall' || kind === 'benchmark') return { name: 'room', room: 'models', parts: [kind] };
  return recordId === null ? null : { name: 'room', room: 'models', parts: ['comparison', recordId] };
}
