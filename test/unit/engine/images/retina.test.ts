import sharp, { type Sharp } from 'sharp';
import { describe, expect, test } from 'vitest';
import { cutRetina } from '../../../../electron/engine/images/cut-retina';
import { findRetina } from '../../../../electron/engine/images/find-retina';
import { locateRetina, preprocess, retinaInOriginal, squareOf, toNetworkInput } from '../../../../electron/engine/images/preprocess';
import type { RgbImage } from '../../../../electron/engine/images/rgb-image';
import { makeThumbnail } from '../../../../electron/engine/images/thumbnail';
import { paintFundus, type FundusPainting } from '../../../../electron/services/demo/paint-fundus';

const HEIGHT = 300;

/** Paints, finds, and returns the found circle beside the painted one. */
async function found(painting: Omit<FundusPainting, 'sizePx'>, change = (image: Sharp): Sharp => image): Promise<RetinaInPicture> {
  const painted = await paintFundus({ sizePx: HEIGHT, format: 'png', ...painting });
  const bytes = await change(sharp(painted)).png().toBuffer();
  const located = await locateRetina(bytes);
  const circle = retinaInOriginal(located);
  if (!circle) throw new Error('no retina found');
  return { ...circle, stretch: located.retina?.stretch ?? 0, source: located.retina?.source };
}
interface RetinaInPicture {
  centreX: number;
  centreY: number;
  radius: number;
  stretch: number;
  source: 'boundary' | 'frame' | undefined;
}

describe('the retina is found by its own boundary', () => {
  test.each(['whole', 'notch'] as const)('%s in the frame', async (border) => {
    const circle = await found({ seed: 3, border });
    expect(circle.source).toBe('boundary');
    expect(Math.abs(circle.centreX - 200)).toBeLessThan(4);
    expect(Math.abs(circle.centreY - 150)).toBeLessThan(1.5);
    expect(Math.abs(circle.radius - 144)).toBeLessThan(1.5);
  });

  test('cut above and below by the frame: the true circle, not the visible part', async () => {
    const circle = await found({ seed: 4, border: 'cut' });
    expect(Math.abs(circle.radius - 174)).toBeLessThan(2);
    expect(Math.abs(circle.centreY - 150)).toBeLessThan(2);
  });

  test('dark, shadowed, washed out and blurred ones too', async () => {
    for (const fault of [{ dark: 0.8 }, { uneven: 0.7 }, { bright: 0.4 }, { blur: 0.04 }]) {
      const circle = await found({ seed: 5, ...fault });
      expect(Math.abs(circle.radius - 144), JSON.stringify(fault)).toBeLessThan(4);
    }
  });

  test('off centre, in a much wider frame', async () => {
    const circle = await found({ seed: 6 }, (image) => image.extend({ left: 150, right: 20, background: '#000' }));
    expect(Math.abs(circle.centreX - 350)).toBeLessThan(4);
    expect(Math.abs(circle.radius - 144)).toBeLessThan(1.5);
  });

  test('in a frame whose black is not quite black', async () => {
    const circle = await found({ seed: 7 }, (image) => image.linear(0.9, 22));
    expect(Math.abs(circle.radius - 144)).toBeLessThan(2);
  });

  test('with a bright date stamp outside it', async () => {
    const stamp = { create: { width: 60, height: 10, channels: 3, background: '#6f6' } } as const;
    const circle = await found({ seed: 8 }, (image) => image.composite([{ input: stamp, left: 335, top: 4 }]));
    expect(Math.abs(circle.radius - 144)).toBeLessThan(1.5);
  });

  test('squeezed to a square, it is made round again', async () => {
    const circle = await found({ seed: 10 }, (image) => image.resize(300, 300, { fit: 'fill' }));
    expect(circle.stretch).toBeGreaterThan(1.28);
    expect(circle.stretch).toBeLessThan(1.38);
    expect(Math.abs(circle.radius - 144)).toBeLessThan(3);
  });

  test('a true circle is left alone', async () => {
    for (const border of ['whole', 'cut', 'notch'] as const) expect((await found({ seed: 11, border })).stretch).toBe(1);
  });

  test('a page holds none, not even with a photograph pasted on it', async () => {
    const page = sharp(await paintFundus({ seed: 9, sizePx: HEIGHT })).extend({
      top: 30,
      bottom: 30,
      left: 30,
      right: 30,
      background: '#fff',
    });
    expect((await locateRetina(await page.jpeg().toBuffer())).retina).toBeNull();
  });

  test('without any mask in the picture no rim is claimed: the frame stands in for it', async () => {
    const inside = sharp(await paintFundus({ seed: 41, sizePx: HEIGHT })).extract({ left: 130, top: 80, width: 140, height: 140 });
    expect((await locateRetina(await inside.jpeg().toBuffer())).retina).toMatchObject({ source: 'frame', visibleRim: 0 });
  });

  test('a black frame holds none', () => {
    expect(findRetina({ width: 200, height: 150, data: new Uint8Array(200 * 150 * 3).fill(2) })).toBeNull();
  });
});

describe('cut, scaled to constant diameter, masked', () => {
  function disc(width: number, height: number, radius: number): RgbImage {
    const data = new Uint8Array(width * height * 3);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        if (Math.hypot(x + 0.5 - width / 2, y + 0.5 - height / 2) <= radius) data.set([200, 100, 50], (y * width + x) * 3);
      }
    }
    return { width, height, data };
  }

  test('discs of every size give the same square', () => {
    for (const radius of [60, 100, 150, 333]) {
      const square = cutRetina(disc(700, 700, radius), { centreX: 350, centreY: 350, radius }, 1, 128);
      expect(square).toHaveLength(128 * 128 * 3);
      expect([...square.subarray((64 * 128 + 64) * 3, (64 * 128 + 64) * 3 + 3)]).toEqual([200, 100, 50]);
      expect(Math.abs((square[(64 * 128 + 5) * 3] as number) - 200)).toBeLessThanOrEqual(2);
    }
  });

  test('nothing outside 97 % of the radius is shown', () => {
    const bright: RgbImage = { width: 300, height: 300, data: new Uint8Array(300 * 300 * 3).fill(255) };
    const square = cutRetina(bright, { centreX: 150, centreY: 150, radius: 140 }, 1, 100);
    for (let y = 0; y < 100; y++) {
      for (let x = 0; x < 100; x++) {
        const inside = Math.hypot(x + 0.5 - 50, y + 0.5 - 50) <= 50 * 0.97 - 0.01;
        expect((square[(y * 100 + x) * 3] as number) > 0, `${x} ${y}`).toBe(inside);
      }
    }
  });

  test('what the frame cut is black', () => {
    const square = cutRetina(
      { width: 200, height: 100, data: new Uint8Array(200 * 100 * 3).fill(120) },
      { centreX: 100, centreY: 50, radius: 90 },
      1,
      90,
    );
    expect(square[(45 * 90 + 45) * 3]).toBe(120);
    expect(square[(10 * 90 + 45) * 3]).toBe(0);
    expect(square[(80 * 90 + 45) * 3]).toBe(0);
  });

  test('one decode gives the square at any size, and the thumbnail', async () => {
    const bytes = await paintFundus({ seed: 12, sizePx: HEIGHT });
    const located = await locateRetina(bytes);
    for (const sizePx of [64, 65, 384, 512]) {
      expect(squareOf(located, sizePx)).toHaveLength(sizePx * sizePx * 3);
      const middle = Math.floor(sizePx / 2);
      expect(squareOf(located, sizePx)[(middle * sizePx + middle) * 3], `${sizePx} px`).toBeGreaterThan(50);
      expect((await preprocess(bytes, { sizePx })).pixels).toEqual(squareOf(located, sizePx));
    }
    const { format, width, height } = await sharp(await makeThumbnail(located.pixels)).metadata();
    expect([format, width, height]).toEqual(['jpeg', 256, 192]);
  });

  test('a black frame preprocesses to a black square', async () => {
    const black = await sharp({ create: { width: 90, height: 90, channels: 3, background: '#000' } })
      .png()
      .toBuffer();
    const { retina, pixels } = await preprocess(black, { sizePx: 32 });
    expect(retina).toBeNull();
    expect(pixels.every((value) => value === 0)).toBe(true);
  });

  test('the network gets (value - 127) / 128 without wrapping below zero', () => {
    expect([...toNetworkInput(Uint8Array.from([0, 127, 255]))]).toEqual([-127 / 128, 0, 1]);
  });
});
