import type { EngineClient } from '../../engine/client/engine-client';
import { retryAfterCrash } from '../../engine/client/retry';
import type { ScreenedImage } from '../../engine/protocol';
import { AppError, type ErrorCode } from '../../shared/errors';

/** What ends a whole run; anything else is the trouble of one file, which gets its row and its code. */
const FATAL_CODES: readonly ErrorCode[] = [
  'cancelled',
  'disk-full',
  'profile-read-only',
  'profile-locked',
  'profile-damaged',
  'database-damaged',
  'engine-unavailable',
  'backend-unavailable',
];

export function isFatal(error: AppError): boolean {
  return FATAL_CODES.includes(error.code) || error.code.startsWith('bundle-');
}

/**
 * Has the engine look at one photograph; when its process dies under it, again.
 *
 * @throws AppError `image-*`, `engine-crashed` when this photograph brings the engine down each time, `internal` for a score that is not a number
 */
export async function screenBytes(engine: EngineClient, bytes: Uint8Array, signal: AbortSignal): Promise<ScreenedImage> {
  const screened = await retryAfterCrash(() => engine.request('screen', { bytes }, { signal }));
  const scores = [screened.quality.score, ...(screened.prediction === null ? [] : screened.prediction.p)];
  if (!scores.every(Number.isFinite)) throw new AppError('internal', {}, new Error('a score is not a number'));
  return screened;
}
