import { createHash } from 'node:crypto';

/** A number in 0..1 drawn by a seed: the same words, the same number, on every machine. */
export function drawn(...words: readonly string[]): number {
  return createHash('sha256').update(words.join('\n')).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** In an order drawn by the seed. */
export function drawnOrder<T>(items: readonly T[], key: (item: T) => string, ...seed: readonly string[]): T[] {
  return items
    .map((item) => ({ item, at: drawn(...seed, key(item)) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/**
 * A reader's own order: random by the seed, with the photographs of one patient as far apart as can be. A patient of `n` photographs has one in each n-th
 * of the queue at the same drawn place, so that both eyes lie half the queue apart.
 */
export function readerOrder<T extends { imageId: string; patientId: string | null }>(
  items: readonly T[],
  seed: string,
  readerId: string,
): T[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = item.patientId ?? item.imageId;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups]
    .flatMap(([key, group]) => {
      const place = drawn(seed, readerId, key);
      return drawnOrder(group, ({ imageId }) => imageId, seed, readerId).map((item, index) => ({
        item,
        at: (index + place) / group.length,
      }));
    })
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
