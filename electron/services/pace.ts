import type { TaskSteps } from '../shared/ipc/types';

/** Counts steps into progress with the time left, from the pace so far. */
export function paced(tell: (steps: TaskSteps) => void): (done: number, total: number) => void {
  const startedAt = performance.now();
  return (done, total) => {
    const seconds = (performance.now() - startedAt) / 1000;
    tell({ done, total, secondsLeft: done === 0 ? null : (seconds / done) * (total - done) });
  };
}
