import type { RunProgress } from '../../../../electron/shared/domain/screening';
import type { Task } from '../../../../electron/shared/ipc/types';
import { m } from '../../../../electron/shared/messages/messages';
import { duration, ratePerSecond, wholeNumber } from '../../lib/format';

/** `312 of 1,000, 9 a second, 1 min 16 s left` */
export function progressText({ counts, imagesPerSecond, secondsLeft }: RunProgress): string {
  return m.task_progress({
    done: wholeNumber(counts.done),
    found: wholeNumber(counts.found),
    rate: ratePerSecond(imagesPerSecond),
    left: secondsLeft === null ? '–' : duration(secondsLeft),
  });
}

export function taskStateText(task: Task): string {
  switch (task.state) {
    case 'running':
      return m.task_screening();
    case 'cancelling':
      return m.task_stopping();
    case 'done':
      return m.window_run_done();
    case 'cancelled':
      return m.window_run_cancelled();
    case 'failed':
      return m.window_task_failed();
  }
}
