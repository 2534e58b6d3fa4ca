import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import sharp from 'sharp';
import { describe, expect } from 'vitest';
import { locateRetina, retinaInOriginal, squareOf } from '../../electron/engine/images/preprocess';
import { assessQuality } from '../../electron/engine/quality/gate';
import { photoTest } from '../helpers/photos';

function evenly(paths: string[], count: number): string[] {
  const step = Math.max(1, paths.length / count);
  return Array.from({ length: Math.min(count, paths.length) }, (_, index) => paths[Math.floor(index * step)] as string);
}

function imagesOf(folder: string, pattern = /\.(jpe?g|png)$/i): string[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => resolve(folder, name));
}

async function meanDifference(a: Uint8Array, b: Uint8Array): Promise<number> {
  return a.reduce((sum, value, index) => sum + Math.abs(value - (b[index] as number)), 0) / a.length;
}

describe('the retina of real photographs', () => {
  for (const source of ['eyepacs', 'eyepacs-1024', 'aptos', 'idrid', 'odir', 'drimdb', 'chasedb1', 'fullres']) {
    photoTest(`is found by its boundary in ${source}`, [source], async (folder) => {
      for (const path of evenly(imagesOf(folder), 15)) {
        const { retina } = await locateRetina(await readFile(path));
        expect(retina?.source, basename(path)).toBe('boundary');
        expect(retina?.support, basename(path)).toBeGreaterThan(0.6);
        expect(retina?.areaInFrame, basename(path)).toBeGreaterThan(0.5);
      }
    });
  }

  photoTest('lies at the same place in an original and in a small copy, and gives nearly the same square', ['fullres'], async (folder) => {
    for (const path of evenly(imagesOf(folder), 4)) {
      const bytes = await readFile(path);
      const { width = 0 } = await sharp(bytes).metadata();
      const original = await locateRetina(bytes);
      const copy = await locateRetina(await sharp(bytes).resize(1000).jpeg({ quality: 95 }).toBuffer());
      const [inOriginal, inCopy] = [retinaInOriginal(original), retinaInOriginal(copy)];
      const scale = width / 1000;
      for (const side of ['centreX', 'centreY', 'radius'] as const) {
        const off = Math.abs((inOriginal?.[side] ?? 0) - (inCopy?.[side] ?? 0) * scale);
        expect(off, `${basename(path)} ${side}`).toBeLessThan(0.006 * (inOriginal?.radius ?? 0));
      }
      expect(await meanDifference(squareOf(original, 256), squareOf(copy, 256)), basename(path)).toBeLessThan(3);
    }
  });

  photoTest('cut by the sensor has the radius of its sides, not of its height (IDRiD)', ['idrid'], async (folder) => {
    for (const path of evenly(imagesOf(folder), 12)) {
      const located = await locateRetina(await readFile(path));
      expect(2 * (retinaInOriginal(located)?.radius ?? 0), basename(path)).toBeGreaterThan(located.facts.height * 1.05);
    }
  });
});

describe('the gate on real photographs', () => {
  photoTest('refuses every DRIMDB outlier as no fundus', ['drimdb'], async (folder) => {
    for (const path of imagesOf(folder, /outlier/)) {
      expect(assessQuality(await locateRetina(await readFile(path))).kind, basename(path)).toBe('not-fundus');
    }
  });

  photoTest('refuses every lesion mask as no fundus', ['idrid-lesions'], async (folder) => {
    for (const path of imagesOf(folder, /_lesions\.png$/)) {
      expect(assessQuality(await locateRetina(await readFile(path))).kind, basename(path)).toBe('not-fundus');
    }
  });

  photoTest('takes every CHASE_DB1 photograph for the good one it is', ['chasedb1'], async (folder) => {
    for (const path of imagesOf(folder)) {
      expect(assessQuality(await locateRetina(await readFile(path))), basename(path)).toMatchObject({ kind: 'retina', gradable: true });
    }
  });

  photoTest('takes DRIMDB good ones and refuses DRIMDB bad ones, but for a few', ['drimdb'], async (folder) => {
    const gradable = async (pattern: RegExp): Promise<boolean[]> =>
      Promise.all(imagesOf(folder, pattern).map(async (path) => assessQuality(await locateRetina(await readFile(path))).gradable));
    const good = await gradable(/good/);
    const bad = await gradable(/bad/);
    expect(good.filter(Boolean).length / good.length).toBeGreaterThan(0.95);
    expect(bad.filter(Boolean).length / bad.length).toBeLessThan(0.1);
  });

  for (const source of ['eyepacs', 'aptos', 'idrid', 'odir']) {
    photoTest(`calls no photograph of ${source} something else`, [source], async (folder) => {
      for (const path of evenly(imagesOf(folder), 25)) {
        expect(assessQuality(await locateRetina(await readFile(path))).kind, basename(path)).toBe('retina');
      }
    });
  }
});
