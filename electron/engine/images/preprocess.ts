import type { ImageFacts, RetinaCircle } from '../protocol';
import { cutRetina } from './cut-retina';
import { decodeImage, type DecodedImage } from './decode';
import { findRetina, type RetinaFinding } from './find-retina';

/** Recorded with every prediction and in every model card; anything that changes a pixel changes it. */
export const PREPROCESSING_VERSION = 'netra-pre-1';

/** A decoded photograph with its retina found: what preprocessing, quality gate and thumbnail all start from. */
export interface LocatedImage extends DecodedImage {
  /** In working pixels; null for a frame with nothing in it. */
  retina: RetinaFinding | null;
}

/** The one decode of a photograph. @throws as {@link decodeImage} */
export async function locateRetina(bytes: Uint8Array): Promise<LocatedImage> {
  const decoded = await decodeImage(bytes);
  return { ...decoded, retina: findRetina(decoded.pixels) };
}

/** The circle in oriented pixels of the original, for the window and the record. */
export function retinaInOriginal({ retina, shrink }: LocatedImage): RetinaCircle | null {
  if (!retina) return null;
  const { centreX, centreY, radius } = retina.circle;
  return { centreX: centreX * shrink, centreY: centreY * shrink, radius: radius * shrink };
}

/** RGB bytes, sizePx * sizePx * 3, of a located retina; all black where there is none. */
export function squareOf({ pixels, retina }: LocatedImage, sizePx: number): Uint8Array {
  return retina ? cutRetina(pixels, retina.circle, retina.stretch, sizePx) : new Uint8Array(sizePx * sizePx * 3);
}

export interface PreprocessedImage {
  facts: ImageFacts;
  /** In oriented pixels of the original. */
  retina: RetinaCircle | null;
  sizePx: number;
  /** RGB uint8, rows from the top, sizePx * sizePx * 3. */
  pixels: Uint8Array;
}

/**
 * Decode, find the retina, crop to its circle, scale to constant diameter, mask: the same for training and screening.
 * @param sizePx side of the result: the network's input size, or larger (512) for training caches
 * @throws as {@link decodeImage}
 */
export async function preprocess(bytes: Uint8Array, { sizePx }: { sizePx: number }): Promise<PreprocessedImage> {
  const located = await locateRetina(bytes);
  return { facts: located.facts, retina: retinaInOriginal(located), sizePx, pixels: squareOf(located, sizePx) };
}

/**
 * Bytes to what the networks take: (value - 127) / 128, as EfficientNet-Lite was trained. In 32-bit floats from the start:
 * subtracting in bytes first would wrap.
 */
export function toNetworkInput(pixels: Uint8Array): Float32Array {
  const input = new Float32Array(pixels.length);
  for (let index = 0; index < pixels.length; index++) input[index] = ((pixels[index] as number) - 127) / 128;
  return input;
}
