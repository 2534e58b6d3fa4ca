import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { decodeImage, MAX_FILE_BYTES } from '../../../../electron/engine/images/decode';
import type { RgbImage } from '../../../../electron/engine/images/rgb-image';
import { rejectionOf } from '../../../helpers/errors';
import { HEIGHT, hugePng, LEFT_COLOUR, RIGHT_COLOUR, twoColourBmp, twoColourImage, WIDTH } from './samples';

function colourAt(image: RgbImage, x: number, y: number): number[] {
  return [...image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3)];
}

function expectTwoColours(image: RgbImage, tolerance: number): void {
  expect([image.width, image.height]).toEqual([WIDTH, HEIGHT]);
  expect(image.data).toHaveLength(WIDTH * HEIGHT * 3);
  for (const [x, colour] of [
    [20, LEFT_COLOUR],
    [76, RIGHT_COLOUR],
  ] as const) {
    colourAt(image, x, 30).forEach((value, channel) => expect(Math.abs(value - (colour[channel] ?? 0))).toBeLessThanOrEqual(tolerance));
  }
}

describe('what cameras write comes out as upright 8-bit sRGB', () => {
  test('JPEG', async () => {
    const decoded = await decodeImage(await twoColourImage().jpeg({ quality: 95 }).toBuffer());
    expectTwoColours(decoded.pixels, 4);
    expect(decoded.facts).toEqual({ format: 'jpeg', width: WIDTH, height: HEIGHT, takenAt: null, camera: null });
  });

  test('progressive JPEG', async () => {
    expectTwoColours((await decodeImage(await twoColourImage().jpeg({ quality: 95, progressive: true }).toBuffer())).pixels, 4);
  });

  test('PNG, with palette and without', async () => {
    expectTwoColours((await decodeImage(await twoColourImage().png().toBuffer())).pixels, 0);
    expectTwoColours((await decodeImage(await twoColourImage().png({ palette: true }).toBuffer())).pixels, 2);
  });

  test('TIFF, plain and compressed', async () => {
    expectTwoColours((await decodeImage(await twoColourImage().tiff({ compression: 'none' }).toBuffer())).pixels, 0);
    expectTwoColours((await decodeImage(await twoColourImage().tiff({ compression: 'lzw' }).toBuffer())).pixels, 0);
  });

  test('16 bits a channel keep their brightness', async () => {
    const png = await twoColourImage().toColourspace('rgb16').png().toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expectTwoColours((await decodeImage(png)).pixels, 1);
    const tiff = await twoColourImage().toColourspace('rgb16').tiff().toBuffer();
    expectTwoColours((await decodeImage(tiff)).pixels, 1);
  });

  test('greyscale becomes three equal channels, in 8 bits and in 16', async () => {
    for (const space of ['b-w', 'grey16'] as const) {
      const { pixels } = await decodeImage(await twoColourImage().toColourspace(space).png().toBuffer());
      const [red, green, blue] = colourAt(pixels, 20, 30);
      expect(pixels.data).toHaveLength(WIDTH * HEIGHT * 3);
      expect([green, blue]).toEqual([red, red]);
      expect(red).toBeGreaterThan(80);
      expect(red).toBeLessThan(150);
    }
  });

  test('CMYK is converted, not inverted', async () => {
    const jpeg = await twoColourImage().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(jpeg).metadata()).space).toBe('cmyk');
    const { pixels } = await decodeImage(jpeg);
    const [red = 0, , blue = 0] = colourAt(pixels, 20, 30);
    expect(red).toBeGreaterThan(blue + 60);
    expect((colourAt(pixels, 76, 30)[2] ?? 0) - (colourAt(pixels, 76, 30)[0] ?? 0)).toBeGreaterThan(60);
  });

  test('what is transparent becomes black, like the camera mask', async () => {
    const clear = await sharp({ create: { width: 64, height: 64, channels: 4, background: { r: 250, g: 250, b: 250, alpha: 0 } } })
      .png()
      .toBuffer();
    expect(colourAt((await decodeImage(clear)).pixels, 30, 30)).toEqual([0, 0, 0]);
  });

  test('the EXIF orientation is applied, and sizes are those of the upright picture', async () => {
    // Orientation 6: the camera was turned; the stored left half is shown on top.
    const jpeg = await twoColourImage().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
    const { facts, pixels } = await decodeImage(jpeg);
    expect([facts.width, facts.height, pixels.width, pixels.height]).toEqual([HEIGHT, WIDTH, HEIGHT, WIDTH]);
    const [red = 0] = colourAt(pixels, 30, 20);
    expect(Math.abs(red - LEFT_COLOUR[0])).toBeLessThanOrEqual(4);
    expect(Math.abs((colourAt(pixels, 30, 76)[2] ?? 0) - RIGHT_COLOUR[2])).toBeLessThanOrEqual(4);
  });

  test('camera and time come from EXIF as written, without a zone', async () => {
    const jpeg = await twoColourImage()
      .withExif({ IFD0: { Make: 'Canon', Model: 'CR-2' }, IFD2: { DateTimeOriginal: '2026:03:14 09:26:53' } })
      .jpeg()
      .toBuffer();
    expect((await decodeImage(jpeg)).facts).toMatchObject({ takenAt: '2026-03-14T09:26:53', camera: 'Canon CR-2' });
  });

  test.each([
    ['24 bits', { bitsPerPixel: 24 }],
    ['24 bits from the top', { bitsPerPixel: 24, topDown: true }],
    ['32 bits', { bitsPerPixel: 32 }],
    ['8 bits with a palette', { bitsPerPixel: 8 }],
  ] as const)('BMP of %s', async (_, options) => {
    const { facts, pixels } = await decodeImage(twoColourBmp(options));
    expectTwoColours(pixels, 0);
    expect(facts.format).toBe('bmp');
    if (options.bitsPerPixel !== 8) expect(colourAt(pixels, 0, 0)).toEqual([255, 255, 255]);
  });

  test('a large photograph is shrunk by a power of two while it is read', async () => {
    const large = await twoColourImage().resize(2200, 1500, { fit: 'fill', kernel: 'nearest' }).jpeg().toBuffer();
    const { facts, pixels, shrink } = await decodeImage(large);
    expect([facts.width, facts.height]).toEqual([2200, 1500]);
    expect([shrink, pixels.width, pixels.height]).toEqual([2, 1100, 750]);
  });
});

describe('bad input is refused with its code', () => {
  test.each(['jpeg', 'png', 'tiff'] as const)('a truncated %s', async (format) => {
    const whole = await sharp({
      create: { width: 400, height: 300, channels: 3, background: 'red', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
    })
      .toFormat(format)
      .toBuffer();
    for (const share of [0.3, 0.6, 0.95]) {
      const cut = whole.subarray(0, Math.floor(whole.length * share));
      expect(await rejectionOf(decodeImage(cut))).toMatchObject({ code: 'image-truncated' });
    }
  });

  test('a truncated BMP, in its pixels and in its header', async () => {
    const whole = twoColourBmp();
    expect(await rejectionOf(decodeImage(whole.subarray(0, whole.length - 100)))).toMatchObject({ code: 'image-truncated' });
    expect(await rejectionOf(decodeImage(whole.subarray(0, 40)))).toMatchObject({ code: 'image-truncated' });
  });

  test('a PNG of 30,000 x 30,000 pixels is refused before anything is decoded', async () => {
    const bomb = hugePng(30_000);
    expect(bomb.length).toBeLessThan(500_000);
    const before = process.memoryUsage().rss;
    expect(await rejectionOf(decodeImage(bomb))).toMatchObject({ code: 'image-too-large', params: { width: 30_000, height: 30_000 } });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  test('a BMP that claims 60,000 x 60,000 pixels is refused by its header', async () => {
    const bytes = Buffer.from(twoColourBmp());
    bytes.writeInt32LE(60_000, 18);
    bytes.writeInt32LE(60_000, 22);
    expect(await rejectionOf(decodeImage(bytes))).toMatchObject({ code: 'image-too-large' });
  });

  test('a file beyond the size limit is refused by its length', async () => {
    const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
    bytes.set([0xff, 0xd8, 0xff, 0xe0]);
    expect(await rejectionOf(decodeImage(bytes))).toMatchObject({ code: 'image-too-large', params: { maximum: MAX_FILE_BYTES } });
  });

  test('a PNG damaged inside, whole in length, is undecodable and not called truncated', async () => {
    const bytes = Buffer.from(await twoColourImage().png().toBuffer());
    const pixels = bytes.indexOf('IDAT', 0, 'latin1');
    bytes.fill(0xa5, pixels + 4, pixels + 24);
    expect(await rejectionOf(decodeImage(bytes))).toMatchObject({ code: 'image-undecodable' });
  });

  test.each([
    ['16 bits a pixel', { bitsPerPixel: 16 }],
    ['run-length compression', { bitsPerPixel: 8, compression: 1 }],
  ] as const)('a BMP of %s is undecodable', async (_, options) => {
    expect(await rejectionOf(decodeImage(twoColourBmp(options)))).toMatchObject({ code: 'image-undecodable' });
  });

  test('a picture too small for an eye is undecodable', async () => {
    const dot = await sharp({ create: { width: 5, height: 5, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    expect(await rejectionOf(decodeImage(dot))).toMatchObject({ code: 'image-undecodable' });
  });

  test('no bytes, and bytes of no image', async () => {
    expect(await rejectionOf(decodeImage(new Uint8Array(0)))).toMatchObject({ code: 'image-empty' });
    const svg = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>');
    expect(await rejectionOf(decodeImage(svg))).toMatchObject({ code: 'image-unsupported-format' });
  });
});
