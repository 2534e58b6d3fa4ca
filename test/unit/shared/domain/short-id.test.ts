import { describe, expect, test } from 'vitest';
import { formatShortId, makeShortId, parseShortId } from '../../../../electron/shared/domain/short-id';

const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** Deterministic ids, spread over the whole space. */
function someIds(count: number): string[] {
  let state = 7;
  return Array.from({ length: count }, () => makeShortId((limit) => (state = (state * 48271) % 2147483647) % limit));
}

describe("a patient's short id", () => {
  test('has eight symbols, none of them easily confused', () => {
    for (const id of someIds(200)) expect(id).toMatch(/^[2-9A-HJKMNP-Z]{8}$/);
  });

  test('is found again however it is typed', () => {
    const [id = ''] = someIds(1);
    expect(parseShortId(` ${formatShortId(id).toLowerCase()} `)).toBe(id);
  });

  test('is refused with any one symbol wrong', () => {
    for (const id of someIds(20)) {
      for (let place = 0; place < 8; place++) {
        for (const symbol of ALPHABET) {
          if (symbol === id[place]) continue;
          expect(parseShortId(id.slice(0, place) + symbol + id.slice(place + 1))).toBeNull();
        }
      }
    }
  });

  test('is refused with any two symbols swapped', () => {
    for (const id of someIds(200)) {
      for (let first = 0; first < 8; first++) {
        for (let second = first + 1; second < 8; second++) {
          const symbols = [...id];
          [symbols[first], symbols[second]] = [symbols[second] ?? '', symbols[first] ?? ''];
          const swapped = symbols.join('');
          if (swapped !== id) expect(parseShortId(swapped)).toBeNull();
        }
      }
    }
  });

  test.each(['', 'ABC', 'ABCD-EFGH-J', '0000-0000', 'IIIIIIII'])('is not %j', (typed) => {
    expect(parseShortId(typed)).toBeNull();
  });
});
