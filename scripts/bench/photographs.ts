import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sharp from 'sharp';
import { paintFundus } from '../../electron/services/demo/paint-fundus';
import { ROOT } from './machine';

/** Different pictures among them; the other files are the same pictures with other bytes, which cost the same. */
const DIFFERENT = 12;

/**
 * Fills a folder with JPEGs whose longer side has this many pixels: real originals scaled down where there are some, else painted ones.
 * Each file has its own content, so that none is reused.
 *
 * @returns where the pictures come from
 */
export async function writePhotographs(folder: string, count: number, longerSidePx: number): Promise<'real' | 'painted'> {
  mkdirSync(folder, { recursive: true });
  const originals = realOriginals();
  const pictures: Uint8Array[] = [];
  for (let index = 0; index < DIFFERENT; index += 1) {
    const original = originals[index % Math.max(originals.length, 1)];
    const source =
      original ?? Buffer.from(await paintFundus({ seed: index, sizePx: (longerSidePx * 3) / 4, grade: index % 3 === 0 ? 2 : 0 }));
    pictures.push(
      await sharp(source)
        .rotate()
        .resize({ width: longerSidePx, height: longerSidePx, fit: 'inside', withoutEnlargement: false })
        .jpeg({ quality: 90 })
        .toBuffer(),
    );
  }
  for (let index = 0; index < count; index += 1) {
    const picture = pictures[index % pictures.length] ?? new Uint8Array();
    // JPEG ends with its own marker: what follows changes the content's hash and nothing else.
    writeFileSync(join(folder, `${index}_left.jpg`), Buffer.concat([picture, Buffer.from(`bench ${index}`)]));
  }
  return originals.length > 0 ? 'real' : 'painted';
}

function realOriginals(): Buffer[] {
  const folder = join(process.env['NETRA_PHOTOS'] ?? resolve(ROOT, '../shared/fundus'), 'fullres');
  try {
    return readdirSync(folder)
      .filter((name) => /\.jpe?g$/i.test(name))
      .slice(0, DIFFERENT)
      .map((name) => readFileSync(join(folder, name)));
  } catch {
    return [];
  }
}
