import { basename } from 'node:path';
import type { Desk } from '../../services/desk/desk';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { Task } from '../../shared/ipc/types';
import type { Log } from '../log';
import type { TaskRegistry } from './registry';

/** The window asks for a run's results again at most this often while it is being screened. */
const RUN_CHANGED_INTERVAL_MS = 500;

export interface ScreeningTaskOptions {
  desk: () => Promise<Desk>;
  tasks: TaskRegistry;
  runChanged: (runId: string) => void;
  log: Log;
}

/** The screening of a folder as a task: one at a time. */
export class ScreeningTask {
  readonly #options: ScreeningTaskOptions;

  constructor(options: ScreeningTaskOptions) {
    this.#options = options;
  }

  /** @throws AppError not-permitted while another run is under way: they would only slow each other down */
  async start(actor: Actor, paths: readonly string[]): Promise<Task> {
    const { tasks, log } = this.#options;
    const desk = await this.#options.desk();
    if (tasks.running('screen').length > 0) throw new AppError('not-permitted');
    let pushedAt = 0;
    return tasks.start({
      kind: 'screen',
      subject: basename(paths[0] ?? ''),
      work: async (context) => {
        let current: string | null = null;
        const runChanged = (): void => {
          if (current !== null) this.#options.runChanged(current);
        };
        try {
          await desk.screen(actor, paths, {
            signal: context.signal,
            run: (runId) => {
              current = runId;
              context.run(runId);
              runChanged();
            },
            progress: (progress) => {
              context.progress(progress);
              if (performance.now() - pushedAt < RUN_CHANGED_INTERVAL_MS) return;
              pushedAt = performance.now();
              runChanged();
            },
          });
        } catch (thrown) {
          log.error('run.ended', thrown);
          throw thrown;
        } finally {
          runChanged();
        }
      },
    });
  }
}
