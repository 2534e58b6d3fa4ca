import { eyeRow, type ImageEvidence, imageResult, type OperatingPoint } from '../../shared/clinical/outcome';
import { type Eye, EYES } from '../../shared/domain/codes';
import type { EvaluatedImage } from '../evaluate/evaluate';

export interface ScoredForPatient {
  file: string;
  eye: Eye | null;
  scored: Pick<EvaluatedImage, 'gradable' | 'p'> | undefined;
}

/**
 * Whether a patient with these photographs goes to a doctor, by intention to screen: a score that refers, or an eye of which no photograph can be read. A
 * photograph whose eye the list does not name counts as an eye of its own. An eye that was not photographed is no fault of the model.
 */
export function isSentOn(photographs: readonly ScoredForPatient[], point: OperatingPoint): boolean {
  const evidence = photographs.map(toEvidence);
  const unplaced = evidence.filter((image) => image.eye === null);
  if (unplaced.some((image) => imageResult(image, point) !== 'no-refer')) return true;
  return EYES.some((eye) => evidence.some((image) => image.eye === eye) && eyeRow(eye, evidence, point).result !== 'no-refer');
}

function toEvidence({ file, eye, scored }: ScoredForPatient): ImageEvidence {
  const place = { imageId: file, eye };
  if (scored === undefined) return { ...place, kind: 'failed' };
  if (scored.p === null) return { ...place, kind: 'not-fundus' };
  const [p1 = NaN, p2 = NaN, p3 = NaN, p4 = NaN] = scored.p;
  return { ...place, kind: 'retina', gradable: scored.gradable, p: [p1, p2, p3, p4] };
}
