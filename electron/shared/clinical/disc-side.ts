import type { Eye } from '../domain/codes';

/** Below it the locator is too often wrong to warn anybody (docs/model/disc-side.md). */
export const LEAST_DISC_CONFIDENCE = 0.9;
/** Nearer to the middle than this, in radii of the retina, the disc is on no side: a photograph centred on it. */
const MIDDLE = 0.15;

/** Upright, the disc lies a little above the macula; so much below the middle (in radii) it rather lies as in a photograph that was turned round. */
const BELOW = 0.02;

/** `other-eye`: the disc lies where it would in the other eye; `upside-down`: there too, and below the middle, as where a camera does not turn its picture. */
export type DiscWarning = 'other-eye' | 'upside-down';

/**
 * Whether the optic disc lies where it would in the other eye. Seen from the front the disc is on the nasal side: on the right of the photograph of a right
 * eye, on the left of a left one. A camera that mirrors its photographs or shows them upside down has it on the wrong side always: hence a warning, never a
 * correction; and of the two it says only which is likelier.
 *
 * @param disc from the middle of the retina, in its radii, right and down are positive
 */
export function discWarning(eye: Eye, disc: { x: number; y: number; confidence: number }): DiscWarning | null {
  if (disc.confidence < LEAST_DISC_CONFIDENCE || Math.abs(disc.x) < MIDDLE) return null;
  if ((eye === 'right') === disc.x > 0) return null;
  return disc.y > BELOW ? 'upside-down' : 'other-eye';
}
