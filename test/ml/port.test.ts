import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { buildEngine, buildTraining } from '../helpers/build-engine';

describe.each([
  { name: 'the engine', build: buildEngine },
  { name: 'the training', build: buildTraining },
])('$name whose starter is gone', ({ build }) => {
  let entry: string;
  beforeAll(async () => {
    entry = await build();
  });

  // Below 100 ms its files are still loading; at 1 s it waits for requests.
  it.each([0, 50, 1000])(
    'ends by itself: left after %i ms',
    async (leftAfterMs) => {
      const child = fork(entry, [], { serialization: 'advanced', stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      const ended = once(child, 'exit');
      await wait(leftAfterMs);
      child.disconnect();
      expect(await ended).toEqual([0, null]);
    },
    30_000,
  );
});
