/** What of a long list is in the document. */
export interface VirtualRange {
  /** Index of the first item drawn. */
  first: number;
  /** One past the last. */
  end: number;
}

/** Lines of a list by their place: `topOf(count)` is the height of all of them, pixels. */
export interface Lines {
  count: number;
  topOf: (index: number) => number;
}

/** What of the list is in sight, pixels. */
export interface Sight {
  scrollTopPx: number;
  heightPx: number;
}

/** Items drawn above and below what is seen, so that a quick flick shows no gap. */
const OVERSCAN = 6;

export function visibleRange({ count, topOf }: Lines, { scrollTopPx, heightPx }: Sight): VirtualRange {
  const first = Math.max(0, firstWhere(count, (index) => topOf(index + 1) > scrollTopPx) - OVERSCAN);
  const end = Math.min(count, firstWhere(count, (index) => topOf(index) >= scrollTopPx + heightPx) + OVERSCAN);
  return { first: Math.min(first, end), end };
}

/** Where to scroll so that an item is wholly in sight; the same place when it is already. */
export function scrollToShow(index: number, { topOf }: Pick<Lines, 'topOf'>, { scrollTopPx, heightPx }: Sight): number {
  const top = topOf(index);
  const bottom = topOf(index + 1);
  if (top < scrollTopPx) return top;
  return bottom > scrollTopPx + heightPx ? bottom - heightPx : scrollTopPx;
}

/** By halving: the first index from which on it holds, `count` when it never does. */
function firstWhere(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
