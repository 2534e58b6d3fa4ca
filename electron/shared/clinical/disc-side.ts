import type { Eye } from '../domain/codes';

/** Below it the locator is too often wrong to warn anybody (docs/model/disc-side.md). */
export const LEAST_DISC_CONFIDENCE = 0.9;
/** Nearer to the middle than this, in radii of the retina, the disc is on no side: a photograph centred on it. */
const MIDDLE = 0.15;

/**
 * Whether the optic disc lies where it would in the other eye. Seen from the front the disc is on the nasal side: on the right of the photograph of a right
 * eye, on the left of a left one. A camera that mirrors its photographs shows it on the wrong side always: hence a warning, never a correction.
 *
 * @param disc from the middle of the retina, in its radii, right is positive
 */
export function discOnWrongSide(eye: Eye, disc: { x: number; confidence: number }): boolean {
  if (disc.confidence < LEAST_DISC_CONFIDENCE || Math.abs(disc.x) < MIDDLE) return false;
  return (eye === 'right') !== disc.x > 0;
}
