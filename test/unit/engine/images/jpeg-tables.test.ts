import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { roundingStepOf } from '../../../../electron/engine/images/jpeg-tables';

async function jpegAt(quality: number, options: { progressive?: boolean } = {}): Promise<Buffer> {
  return sharp({ create: { width: 40, height: 24, channels: 3, background: '#a43' } })
    .withExif({ IFD0: { Make: 'Camera' } })
    .jpeg({ quality, ...options })
    .toBuffer();
}

describe('the rounding step of a JPEG', () => {
  test('is a tenth of the first ten steps of libjpeg, and one at quality 100', async () => {
    // The standard table in zigzag order from the second on: 11 12 14 12 10 16 14 13 14 18.
    expect(roundingStepOf(await jpegAt(50))).toBeCloseTo(13.4, 6);
    expect(roundingStepOf(await jpegAt(100))).toBe(1);
  });

  test('grows as the quality falls, in progressive files too', async () => {
    const steps: (number | null)[] = [];
    for (const quality of [95, 75, 50, 35, 20, 10]) steps.push(roundingStepOf(await jpegAt(quality, { progressive: true })));
    expect(steps).toEqual(steps.toSorted((a, b) => (a ?? 0) - (b ?? 0)));
    expect(new Set(steps).size).toBe(6);
  });

  test('is unknown, and no error, where the file is cut or no JPEG', async () => {
    const whole = await jpegAt(75);
    for (let length = 0; length < whole.length; length += 7) {
      expect(() => roundingStepOf(whole.subarray(0, length))).not.toThrow();
    }
    expect(roundingStepOf(whole.subarray(0, 30))).toBeNull();
    expect(roundingStepOf(await sharp(whole).png().toBuffer())).toBeNull();
  });
});
