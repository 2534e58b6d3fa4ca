import type { EngineClient } from '../../engine/client/engine-client';
import type { ScreenedImage } from '../../engine/protocol';
import { AppError, type ErrorCode, toAppError } from '../../shared/errors';
import type { Slots } from './slots';

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

/** Further tries of a photograph that was in the engine when its process died; alone, so that they tell. */
const TRIES_ALONE = 2;

/**
 * Has the engine look at one photograph. When the process dies, everything in it is under suspicion: each of those is tried again
 * one after the other, so that the photograph that kills the engine takes no innocent one along.
 *
 * @param suspects one place, shared by the whole run
 * @param score false for a patient who refused it: then there is no prediction
 * @throws AppError `image-*`, `engine-crashed` when this photograph brings the engine down each time, `internal` for a score that is not a number
 */
export async function screenBytes(
  engine: EngineClient,
  bytes: Uint8Array,
  signal: AbortSignal,
  suspects: Slots,
  score = true,
): Promise<ScreenedImage> {
  const once = (): Promise<ScreenedImage> => engine.request('screen', { bytes, score }, { signal });
  const screened = await once().catch((thrown: unknown) => {
    if (!isCrash(thrown)) throw thrown;
    return suspects.run(() => tryAlone(once, TRIES_ALONE));
  });
  const scores = [screened.quality.score, ...(screened.prediction === null ? [] : screened.prediction.p)];
  if (!scores.every(Number.isFinite)) throw new AppError('internal', {}, new Error('a score is not a number'));
  return screened;
}

async function tryAlone<T>(once: () => Promise<T>, tries: number): Promise<T> {
  try {
    return await once();
  } catch (thrown) {
    if (tries <= 1 || !isCrash(thrown)) throw thrown;
    return tryAlone(once, tries - 1);
  }
}

function isCrash(thrown: unknown): boolean {
  return toAppError(thrown).code === 'engine-crashed';
}
