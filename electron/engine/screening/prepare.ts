import { locateRetina, retinaInOriginal, squareOf, toNetworkInput } from '../images/preprocess';
import { makeThumbnail } from '../images/thumbnail';
import type { DiscSeen, ImageFacts, QualityResult, RetinaCircle } from '../protocol';
import { locateDisc } from '../quality/disc';
import { QUALITY_SIZE_PX } from '../quality/features';
import { assessQuality } from '../quality/gate';

/** Everything about a photograph that needs no network. */
export interface PreparedImage {
  facts: ImageFacts;
  retina: RetinaCircle | null;
  quality: QualityResult;
  disc: DiscSeen | null;
  /** size x size x 3, normalised; null for what is not a retina: it is never scored. */
  input: Float32Array | null;
  thumbnail: Uint8Array;
  timings: { decodeMs: number; qualityMs: number };
}

/** @throws AppError image-* as `decodeImage` does */
export async function prepareImage(bytes: Uint8Array, sizePx: number): Promise<PreparedImage> {
  const start = performance.now();
  const located = await locateRetina(bytes);
  // The JPEG encoder runs on a thread of its own meanwhile.
  const thumbnail = makeThumbnail(located.pixels);
  // Awaited below; should the work between fail first, this one's failure is nobody's.
  thumbnail.catch(() => undefined);
  const decoded = performance.now();
  const square = squareOf(located, QUALITY_SIZE_PX);
  const quality = assessQuality(located, square);
  const disc = quality.kind === 'retina' ? locateDisc(square) : null;
  const assessed = performance.now();
  const input = quality.kind === 'retina' ? toNetworkInput(sizePx === QUALITY_SIZE_PX ? square : squareOf(located, sizePx)) : null;
  return {
    facts: located.facts,
    retina: quality.kind === 'retina' ? retinaInOriginal(located) : null,
    quality,
    disc,
    input,
    // Copied: sharp's WebAssembly build answers in shared memory, which cannot leave the process.
    thumbnail: Uint8Array.from(await thumbnail),
    timings: { decodeMs: decoded - start + (performance.now() - assessed), qualityMs: assessed - decoded },
  };
}
