import type { RunSummary } from '../../../../electron/shared/ipc/types';

/** Stopped before its end: the same folder goes on where it stopped. */
export function mayGoOn(run: Pick<RunSummary, 'state'>): boolean {
  return run.state === 'interrupted' || run.state === 'cancelled';
}
