import type { LocatedImage } from '../images/preprocess';
import type { QualityResult } from '../protocol';

export const GATE_VERSION = 'netra-gate-0';

/** Only whether there is a retina at all. */
export function assessQuality({ retina }: LocatedImage): QualityResult {
  if (retina === null) return { kind: 'not-fundus', score: 0, gradable: false, reasons: ['not-fundus'] };
  return { kind: 'retina', score: 1, gradable: true, reasons: [] };
}
