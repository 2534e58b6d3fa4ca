import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';

import { forEachConcurrently } from '../../../electron/services/screening/concurrently';
import { rejectionOf } from '../../helpers/errors';

describe('bounded work', () => {
  test('starts in order and never has more under way than the limit', async () => {
    const started: number[] = [];
    let underWay = 0;
    let most = 0;
    await forEachConcurrently([1, 2, 3, 4, 5, 6, 7], 3, async (item) => {
      started.push(item);
      most = Math.max(most, ++underWay);
      await setTimeout(item % 3);
      underWay -= 1;
    });
    expect(started).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(most).toBe(3);
  });

  test('takes nothing new after a failure, waits for what is under way, then tells it', async () => {
    const done: number[] = [];
    const failure = forEachConcurrently([1, 2, 3, 4, 5, 6], 2, async (item) => {
      await setTimeout(item === 1 ? 1 : 20);
      if (item === 1) throw new Error('one');
      done.push(item);
    });
    expect(await rejectionOf(failure)).toMatchObject({ message: 'one' });
    expect(done).toEqual([2]);
  });

  test('takes nothing new when it is no longer wanted', async () => {
    const controller = new AbortController();
    const started: number[] = [];
    await forEachConcurrently(
      [1, 2, 3, 4],
      1,
      async (item) => {
        started.push(item);
        if (item === 2) controller.abort();
        await setTimeout(1);
      },
      controller.signal,
    );
    expect(started).toEqual([1, 2]);
  });
});
