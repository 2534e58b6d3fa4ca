import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { endsEarly, sniffFormat } from '../../../../electron/engine/images/format';
import { errorOf } from '../../../helpers/errors';
import { twoColourBmp, twoColourImage } from './samples';

function text(content: string): Uint8Array {
  return new TextEncoder().encode(content);
}

describe('the format is read from the content', () => {
  test('JPEG, PNG, TIFF and BMP are known', async () => {
    expect(sniffFormat(await twoColourImage().jpeg().toBuffer())).toBe('jpeg');
    expect(sniffFormat(await twoColourImage().png().toBuffer())).toBe('png');
    expect(sniffFormat(await twoColourImage().tiff().toBuffer())).toBe('tiff');
    expect(sniffFormat(twoColourBmp())).toBe('bmp');
  });

  test('a file without bytes is empty, not unsupported', () => {
    expect(errorOf(() => sniffFormat(new Uint8Array(0)))).toMatchObject({ code: 'image-empty' });
  });

  test.each([
    ['SVG renamed .jpg', text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['SVG behind an XML header', text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['HTML', text('<!doctype html><html><body>no photograph</body></html>')],
    ['GIF renamed .jpg', text('GIF89a\x01\x00\x01\x00\x00\x00\x00;')],
    ['text renamed .png', text('patient 12, right eye, blurred')],
    ['text that starts like a BMP', text('BM is how this sentence starts, and it goes on for a while')],
    ['noise renamed .tif', Uint8Array.from({ length: 4096 }, (_, index) => (index * 167 + 13) % 251)],
    ['WebP', text('RIFF\x10\x00\x00\x00WEBPVP8 ')],
    ['one byte', new Uint8Array([0xff])],
  ])('%s is refused as unsupported', (_, bytes) => {
    expect(errorOf(() => sniffFormat(bytes))).toMatchObject({ code: 'image-unsupported-format' });
  });

  test('WebP from sharp itself is refused too', async () => {
    const webp = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
      .webp()
      .toBuffer();
    expect(errorOf(() => sniffFormat(webp))).toMatchObject({ code: 'image-unsupported-format' });
  });
});

describe('a file that ends early is told from a whole one', () => {
  test.each(['jpeg', 'png', 'tiff'] as const)('%s', async (format) => {
    const whole = await twoColourImage().toFormat(format).toBuffer();
    expect(endsEarly(whole, format)).toBe(false);
    expect(endsEarly(whole.subarray(0, whole.length - 20), format)).toBe(true);
    expect(endsEarly(whole.subarray(0, whole.length / 2), format)).toBe(true);
  });

  test('bytes that a camera appends after the end do not count', async () => {
    const whole = await twoColourImage().jpeg().toBuffer();
    expect(endsEarly(Buffer.concat([whole, Buffer.alloc(500, 7)]), 'jpeg')).toBe(false);
  });
});
