import { afterEach, expect, test } from 'vitest';
import { duration, score, wholeNumber } from '../../../renderer/src/lib/format';
import { useLocale } from '../../../renderer/src/lib/locale.svelte';

afterEach(() => {
  useLocale('en');
});

test('a score is never rounded up to a certainty or over its threshold', () => {
  expect(score(0.9999)).toBe('0.99');
  expect(score(0.3099)).toBe('0.30');
  expect(score(1)).toBe('1.00');
  expect(score(0)).toBe('0.00');
});

test('numbers are grouped as in India and times are said in the language of the window', () => {
  expect(wholeNumber(1_234_567)).toBe('12,34,567');
  expect(duration(76)).toBe('1 min 16 s');
  useLocale('hi');
  expect(wholeNumber(1_234_567)).toBe('12,34,567');
  expect(duration(3900)).toBe('1 घं 5 मि');
});
