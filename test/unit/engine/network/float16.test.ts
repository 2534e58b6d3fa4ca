import { describe, expect, it } from 'vitest';
import { decodeHalf, encodeHalf, fromHalfBits, roundToHalf, toHalfBits } from '../../../../electron/engine/network/float16';

describe('float16 weights', () => {
  it('encodes the values that IEEE 754 names', () => {
    expect(toHalfBits(0)).toBe(0x0000);
    expect(toHalfBits(-0)).toBe(0x8000);
    expect(toHalfBits(1)).toBe(0x3c00);
    expect(toHalfBits(-2)).toBe(0xc000);
    expect(toHalfBits(65504)).toBe(0x7bff);
    expect(toHalfBits(2 ** -14)).toBe(0x0400);
    expect(toHalfBits(2 ** -24)).toBe(0x0001);
    expect(toHalfBits(1 / 3)).toBe(0x3555);
  });

  it('rounds to the nearest, ties to even', () => {
    expect(fromHalfBits(toHalfBits(1 + 2 ** -11))).toBe(1);
    expect(fromHalfBits(toHalfBits(1 + 3 * 2 ** -11))).toBe(1 + 2 ** -9);
    expect(fromHalfBits(toHalfBits(2 ** -25))).toBe(0);
    expect(fromHalfBits(toHalfBits(3 * 2 ** -25))).toBe(2 ** -23);
  });

  it('brings every finite half back unchanged', () => {
    const halves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    expect(encodeHalf(decodeHalf(halves))).toEqual(halves);
  });

  it('leaves rounded weights alone when they are rounded again', () => {
    const once = roundToHalf(Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i) * 10 ** ((i % 9) - 5)));
    expect(roundToHalf(once)).toEqual(once);
  });

  it('refuses a weight that it cannot hold', () => {
    expect(() => encodeHalf(new Float32Array([65520]))).toThrow('bundle-foreign');
    expect(() => encodeHalf(new Float32Array([NaN]))).toThrow('bundle-foreign');
  });
});
