/** What of a long list is in the document. */
export interface VirtualRange {
  /** Index of the first item drawn. */
  first: number;
  /** One past the last. */
  end: number;
}

/** Items drawn above and below what is seen, so that a quick flick shows no gap. */
const OVERSCAN = 6;

export function visibleRange(place: { scrollTopPx: number; heightPx: number; itemHeightPx: number; count: number }): VirtualRange {
  const { scrollTopPx, heightPx, itemHeightPx, count } = place;
  const first = Math.max(0, Math.floor(scrollTopPx / itemHeightPx) - OVERSCAN);
  const end = Math.min(count, Math.ceil((scrollTopPx + heightPx) / itemHeightPx) + OVERSCAN);
  return { first: Math.min(first, end), end };
}

/** Where to scroll so that an item is wholly in sight; the same place when it is already. */
export function scrollToShow(index: number, place: { scrollTopPx: number; heightPx: number; itemHeightPx: number }): number {
  const top = index * place.itemHeightPx;
  const bottom = top + place.itemHeightPx;
  if (top < place.scrollTopPx) return top;
  return bottom > place.scrollTopPx + place.heightPx ? bottom - place.heightPx : place.scrollTopPx;
}
