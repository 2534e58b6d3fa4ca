import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { withoutMetadata } from '../../../electron/services/bare-jpeg';

async function photograph(orientation?: number): Promise<Buffer> {
  const picture = sharp({ create: { width: 32, height: 24, channels: 3, background: { r: 180, g: 80, b: 30 } } });
  const exif = { IFD0: { Artist: 'Lakshmi Devi', Model: 'Remidio FOP' } };
  return picture
    .withExif(exif)
    .withMetadata({ exif, ...(orientation === undefined ? {} : { orientation }) })
    .jpeg({ progressive: true })
    .toBuffer();
}

describe('a photograph for a reader', () => {
  test('has no EXIF, no names and nothing behind its end, and every pixel as it was', async () => {
    const original = await photograph();
    expect(original.toString('latin1')).toContain('Lakshmi Devi');
    const bare = withoutMetadata(Buffer.concat([original, Buffer.from('Lakshmi Devi')]));
    if (bare === null) throw new Error('not laid out as a JPEG');
    expect(Buffer.from(bare).toString('latin1')).not.toMatch(/Lakshmi|Remidio|Exif/);
    expect(await sharp(bare).raw().toBuffer()).toEqual(await sharp(original).raw().toBuffer());
  });

  test('that is turned by its EXIF, or is no JPEG, is left to be drawn anew', async () => {
    expect(withoutMetadata(await photograph(6))).toBeNull();
    expect(withoutMetadata(Buffer.from('no photograph'))).toBeNull();
  });
});
