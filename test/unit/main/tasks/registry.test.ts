import { describe, expect, it } from 'vitest';
import { TaskRegistry } from '../../../../electron/main/tasks/registry';
import { AppError } from '../../../../electron/shared/errors';
import type { RunProgress } from '../../../../electron/shared/domain/screening';
import type { Task } from '../../../../electron/shared/ipc/types';

const PROGRESS: RunProgress = { counts: { found: 2, done: 1, reused: 0, failed: 0, otherFiles: 0 }, imagesPerSecond: 1, secondsLeft: 1 };

function registry(now: () => number = () => 0) {
  const said: string[] = [];
  let next = 0;
  const tasks = new TaskRegistry(
    {
      created: (task) => said.push(`created ${task.id}`),
      updated: (task) => said.push(`updated ${task.id} ${task.state}`),
      removed: (id) => said.push(`removed ${id}`),
    },
    () => `t${++next}`,
    now,
  );
  return { tasks, said };
}

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function only(tasks: TaskRegistry): Task {
  const [task] = tasks.list();
  if (task === undefined) throw new Error('no task');
  return task;
}

describe('a task', () => {
  it('is listed with its progress and its run while it works, for whoever asks', async () => {
    const { tasks } = registry();
    const { promise, resolve } = signal();
    tasks.start({
      kind: 'screen',
      subject: 'camp',
      work: async (context) => {
        context.run('r1');
        context.progress(PROGRESS);
        await promise;
      },
    });
    expect(only(tasks)).toMatchObject({ state: 'running', runId: 'r1', progress: PROGRESS, cancellable: true });
    resolve();
    await tasks.stopAll();
  });

  it('says done, failed with its code, or cancelled, and keeps saying it until it is dismissed', async () => {
    const { tasks } = registry();
    tasks.start({ kind: 'screen', subject: 'a', work: () => Promise.resolve() });
    tasks.start({ kind: 'screen', subject: 'b', work: () => Promise.reject(new AppError('disk-full')) });
    tasks.start({ kind: 'screen', subject: 'c', work: () => Promise.reject(new AppError('cancelled')) });
    await Promise.resolve().then(() => undefined);
    await tasks.stopAll();
    const bySubject = new Map(tasks.list().map((task) => [task.subject, task]));
    expect(bySubject.get('a')).toMatchObject({ state: 'done', error: null });
    expect(bySubject.get('b')).toMatchObject({ state: 'failed', error: { code: 'disk-full' } });
    expect(bySubject.get('c')).toMatchObject({ state: 'cancelled', error: null });
    for (const task of tasks.list()) tasks.dismiss(task.id);
    expect(tasks.list()).toEqual([]);
  });

  it('is told to stop once, and is over only when its work is', async () => {
    const { tasks, said } = registry();
    const { promise, resolve } = signal();
    const { id } = tasks.start({
      kind: 'screen',
      subject: 'a',
      work: async (context) => {
        await promise;
        context.signal.throwIfAborted();
      },
    });
    tasks.cancel(id);
    tasks.cancel(id);
    expect(only(tasks)).toMatchObject({ state: 'cancelling', cancellable: false, finishedAt: null });
    expect(() => {
      tasks.dismiss(id);
    }).toThrow('not-permitted');
    resolve();
    await tasks.stopAll();
    expect(said.filter((line) => line.endsWith('cancelling'))).toHaveLength(1);
    expect(only(tasks).finishedAt).not.toBeNull();
  });

  it('sends at most five updates a second, and always the last', async () => {
    let now = 0;
    const { tasks, said } = registry(() => now);
    tasks.start({
      kind: 'screen',
      subject: 'a',
      work: ({ progress }) => {
        for (let image = 0; image < 1000; image += 1) {
          now += 1;
          progress(PROGRESS);
        }
        return Promise.resolve();
      },
    });
    await tasks.stopAll();
    const updates = said.filter((line) => line.startsWith('updated'));
    expect(updates.length).toBeLessThanOrEqual(8);
    expect(updates.at(-1)).toMatch(/done|cancelled/);
  });

  it('that nobody knows is an error with a code', () => {
    const { tasks } = registry();
    expect(() => {
      tasks.cancel('t9');
    }).toThrow('not-found');
  });

  it('of long ago is forgotten: the last twenty that are over stay', async () => {
    const { tasks } = registry();
    for (let index = 0; index < 30; index += 1) {
      tasks.start({ kind: 'screen', subject: 'a', work: () => Promise.resolve() });
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(tasks.list().length).toBeLessThanOrEqual(21);
  });
});
