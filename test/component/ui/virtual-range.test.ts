import { expect, test } from 'vitest';
import { scrollToShow, visibleRange } from '../../../renderer/src/lib/ui/virtual-range';

const lines = { count: 10_000, topOf: (index: number): number => index * 50 };

test('of ten thousand lines only those in sight and a few around them are in the document', () => {
  const range = visibleRange(lines, { scrollTopPx: 250_000, heightPx: 500 });
  expect(range.first).toBeLessThanOrEqual(5000);
  expect(range.first).toBeGreaterThan(4980);
  expect(range.end).toBeGreaterThanOrEqual(5010);
  expect(range.end).toBeLessThan(5030);
});

test('at both ends of the list there is nothing beyond it', () => {
  expect(visibleRange(lines, { scrollTopPx: 0, heightPx: 500 }).first).toBe(0);
  expect(visibleRange(lines, { scrollTopPx: 499_500, heightPx: 500 }).end).toBe(10_000);
  expect(visibleRange({ ...lines, count: 0 }, { scrollTopPx: 0, heightPx: 500 })).toEqual({ first: 0, end: 0 });
});

test('a line that is in sight does not move the list, one that is not moves it as little as needed', () => {
  const sight = { scrollTopPx: 1000, heightPx: 500 };
  expect(scrollToShow(25, lines, sight)).toBe(1000);
  expect(scrollToShow(10, lines, sight)).toBe(500);
  expect(scrollToShow(40, lines, sight)).toBe(1550);
});
