import { describe, expect, test } from 'vitest';

import { Committer } from '../../../electron/services/screening/committer';

/** A transaction that keeps what was written only when nothing throws. */
function memoryTransaction(): { stored: string[]; batches: number[]; committer: Committer; write: (value: string) => Promise<string> } {
  const stored: string[] = [];
  const batches: number[] = [];
  let open: string[] = [];
  const committer = new Committer((write) => {
    open = [];
    write();
    stored.push(...open);
    batches.push(open.length);
  });
  const write = (value: string): Promise<string> =>
    committer.commit(() => {
      if (value === 'bad') throw new Error('bad');
      open.push(value);
      return value;
    });
  return { stored, batches, committer, write };
}

describe('the committer', () => {
  test('settles a write only after its transaction, and puts several into one', async () => {
    const { stored, batches, write } = memoryTransaction();
    const results = await Promise.all(
      ['a', 'b', 'c'].map(async (value) => {
        const result = await write(value);
        return stored.includes(result);
      }),
    );
    expect(results).toEqual([true, true, true]);
    expect(batches).toEqual([3]);
  });

  test('stores the good writes of a transaction that one bad write rolled back', async () => {
    const { stored, write } = memoryTransaction();
    const settled = await Promise.allSettled(['a', 'bad', 'c'].map(write));
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(stored).toEqual(['a', 'c']);
  });

  test('is settled when everything handed in is stored', async () => {
    const { stored, committer, write } = memoryTransaction();
    for (let index = 0; index < 40; index += 1) void write(String(index));
    await committer.settle();
    expect(stored).toHaveLength(40);
  });

  test('ends a transaction that takes long, so that others are answered between two of them', async () => {
    const { batches, committer } = memoryTransaction();
    const slow = (): void => {
      const endsAt = performance.now() + 6;
      while (performance.now() < endsAt);
    };
    await Promise.all(Array.from({ length: 6 }, () => committer.commit(slow)));
    expect(batches.length).toBeGreaterThanOrEqual(3);
  });
});
