import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { cutRetina } from '../../electron/engine/images/cut-retina';
import { locateRetina, preprocess, PREPROCESSING_VERSION } from '../../electron/engine/images/preprocess';
import { paintFundus, type FundusPainting } from '../../electron/services/demo/paint-fundus';

/**
 * Painted photographs and what preprocessing made of them when this version was fixed. A difference means that every model trained
 * before sees other pixels than it learnt from: raise PREPROCESSING_VERSION, then write new files with
 * NETRA_WRITE_GOLDEN=1 npx vitest run test/ml/preprocess-golden.test.ts
 */
const FOLDER = resolve(import.meta.dirname, '../fixtures/golden', PREPROCESSING_VERSION);
const SIZE_PX = 128;
/** Decoders of other builds differ by a rounding here and there; a change of method differs everywhere. */
const MEAN_TOLERANCE = 0.35;
const LARGEST_TOLERANCE = 12;

const PAINTINGS: Record<string, { painting: FundusPainting; orientation?: number; squeezed?: boolean }> = {
  whole: { painting: { seed: 21, grade: 2, sizePx: 420 } },
  'cut-turned': { painting: { seed: 22, grade: 3, border: 'cut', sizePx: 420 }, orientation: 6 },
  'notch-squeezed': { painting: { seed: 23, eye: 'left', border: 'notch', sizePx: 420 }, squeezed: true },
  'large-shrunk': { painting: { seed: 24, grade: 4, sizePx: 1600, blur: 0.004 } },
};

async function photograph(name: string): Promise<Uint8Array> {
  const entry = PAINTINGS[name];
  if (!entry) throw new Error(name);
  let image = sharp(await paintFundus({ ...entry.painting, format: 'png' }));
  if (entry.squeezed) image = image.resize(420, 420, { fit: 'fill' });
  if (entry.orientation) image = image.withMetadata({ orientation: entry.orientation });
  return image.jpeg({ quality: 75 }).toBuffer();
}

async function pixelsOf(path: string): Promise<Uint8Array> {
  return sharp(path).removeAlpha().raw().toBuffer();
}

function difference(a: Uint8Array, b: Uint8Array): { mean: number; largest: number } {
  let [sum, largest] = [0, 0];
  a.forEach((value, index) => {
    const off = Math.abs(value - (b[index] as number));
    sum += off;
    largest = Math.max(largest, off);
  });
  return { mean: sum / a.length, largest };
}

if (process.env['NETRA_WRITE_GOLDEN'] === '1') {
  await mkdir(FOLDER, { recursive: true });
  for (const name of Object.keys(PAINTINGS)) {
    const bytes = await photograph(name);
    const { pixels } = await preprocess(bytes, { sizePx: SIZE_PX });
    await writeFile(resolve(FOLDER, `${name}.jpg`), bytes);
    await sharp(pixels, { raw: { width: SIZE_PX, height: SIZE_PX, channels: 3 } })
      .png({ compressionLevel: 9 })
      .toFile(resolve(FOLDER, `${name}.${SIZE_PX}.png`));
  }
}

describe(`preprocessing ${PREPROCESSING_VERSION} gives the pixels it always gave`, () => {
  test('golden files of this version exist', () => {
    expect(existsSync(FOLDER)).toBe(true);
  });

  test.each(Object.keys(PAINTINGS))('%s', async (name) => {
    const { pixels } = await preprocess(await readFile(resolve(FOLDER, `${name}.jpg`)), { sizePx: SIZE_PX });
    const { mean, largest } = difference(pixels, await pixelsOf(resolve(FOLDER, `${name}.${SIZE_PX}.png`)));
    expect(mean).toBeLessThan(MEAN_TOLERANCE);
    expect(largest).toBeLessThanOrEqual(LARGEST_TOLERANCE);
  });

  test('the tolerance is too small for a circle off by one part in a hundred', async () => {
    const { pixels: working, retina } = await locateRetina(await readFile(resolve(FOLDER, 'whole.jpg')));
    if (!retina) throw new Error('no retina');
    const golden = await pixelsOf(resolve(FOLDER, `whole.${SIZE_PX}.png`));
    const larger = { ...retina.circle, radius: retina.circle.radius * 1.01 };
    const shifted = { ...retina.circle, centreX: retina.circle.centreX + retina.circle.radius * 0.01 };
    for (const circle of [larger, shifted]) {
      expect(difference(cutRetina(working, circle, retina.stretch, SIZE_PX), golden).mean).toBeGreaterThan(MEAN_TOLERANCE);
    }
  });
});
