import sharp from 'sharp';
import type { AugmentationSettings } from '../../shared/domain/recipe';
import { locateRetina, squareOf } from '../images/preprocess';
import { augment, type Square } from './augment';
import { Random } from './random';

/** Cached squares are this much larger than the network's input: what a zoom can ask for. */
const CACHE_FACTOR = 1.17;

/**
 * A photograph as training keeps it: the retina at its own resolution, at most what a view of the given size can use.
 * @throws as `decodeImage`
 */
export async function squareForTraining(bytes: Uint8Array, viewPx: number): Promise<Square> {
  const located = await locateRetina(bytes);
  const own = located.retina ? Math.round(2 * located.retina.circle.radius) : 32;
  // Even: the cutter counts whole pixels from the middle.
  const sizePx = 2 * Math.floor(Math.max(32, Math.min(own, viewPx * CACHE_FACTOR)) / 2);
  return { sizePx, pixels: squareOf(located, sizePx) };
}

/** The photograph exactly as screening gives it to the network. */
export async function squareForScoring(bytes: Uint8Array, sizePx: number): Promise<Uint8Array> {
  return squareOf(await locateRetina(bytes), sizePx);
}

/** One random view, JPEG compression included. @param seed parts of the seed, see Draw */
export async function viewOf(square: Square, sizePx: number, seed: readonly number[], settings: AugmentationSettings): Promise<Uint8Array> {
  const random = new Random(...seed);
  const view = augment(square, sizePx, random, settings);
  if (!random.chance(settings.jpeg.chance)) return view;
  const raw = { raw: { width: sizePx, height: sizePx, channels: 3 } } as const;
  const quality = Math.round(random.between(settings.jpeg.least, settings.jpeg.most));
  const compressed = await sharp(view, raw).jpeg({ quality }).toBuffer();
  const result = await sharp(compressed).raw().toBuffer();
  // Compression rings into the black surround; the mask is put back.
  for (let at = 0; at < result.length; at += 3) {
    if (view[at] === 0 && view[at + 1] === 0 && view[at + 2] === 0) result.fill(0, at, at + 3);
  }
  return result;
}
