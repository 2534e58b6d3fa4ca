/**
 * Works on the items in order, at most `limit` at a time; memory depends on the limit, not on the number of items.
 * Stops taking new items when the signal aborts or a piece of work throws, waits for those under way, then throws the first error.
 */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const failures: unknown[] = [];
  async function lane(): Promise<void> {
    while (failures.length === 0 && signal?.aborted !== true) {
      const next = iterator.next();
      if (next.done === true) return;
      try {
        await work(next.value);
      } catch (thrown) {
        failures.push(thrown);
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, lane));
  if (failures.length > 0) throw failures[0];
}
