import { locateRetina, retinaInOriginal, squareOf, toNetworkInput } from '../images/preprocess';
import { makeThumbnail } from '../images/thumbnail';
import type { ImageFacts, QualityResult, RetinaCircle } from '../protocol';
import { assessQuality } from '../quality/gate';

/** Everything about a photograph that needs no network. */
export interface PreparedImage {
  facts: ImageFacts;
  retina: RetinaCircle | null;
  quality: QualityResult;
  /** size x size x 3, normalised; null for what is not a retina: it is never scored. */
  input: Float32Array | null;
  thumbnail: Uint8Array;
  timings: { decodeMs: number; qualityMs: number };
}

/** @throws AppError image-* as `decodeImage` does */
export async function prepareImage(bytes: Uint8Array, sizePx: number): Promise<PreparedImage> {
  const start = performance.now();
  const located = await locateRetina(bytes);
  const decoded = performance.now();
  const quality = assessQuality(located);
  const assessed = performance.now();
  const input = quality.kind === 'retina' ? toNetworkInput(squareOf(located, sizePx)) : null;
  const thumbnail = await makeThumbnail(located.pixels);
  const end = performance.now();
  return {
    facts: located.facts,
    retina: quality.kind === 'retina' ? retinaInOriginal(located) : null,
    quality,
    input,
    thumbnail,
    timings: { decodeMs: decoded - start + (end - assessed), qualityMs: assessed - decoded },
  };
}
