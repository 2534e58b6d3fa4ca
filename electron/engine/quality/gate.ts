import type { QualityReason } from '../../shared/domain/codes';
import { PREPROCESSING_VERSION, squareOf, type LocatedImage } from '../images/preprocess';
import type { QualityResult } from '../protocol';
import { measureFeatures, QUALITY_SIZE_PX, type Features } from './features';
import { dot, GATE_MODEL, sigmoid, standardised, type GateModel } from './gate-model';

/** Recorded with every quality check. */
export const GATE_VERSION = GATE_MODEL.version;

if (GATE_MODEL.preprocessing !== PREPROCESSING_VERSION) throw new Error('the quality gate was fitted on another preprocessing version');

const NOT_A_FUNDUS: QualityResult = { kind: 'not-fundus', score: 0, gradable: false, reasons: ['not-fundus'] };

/**
 * Is it a retina, can it be read, and if not, why: on hand-made features of the 384 px square.
 * Refused is never cleared: a refused retina is still scored by the network, and its eye refers (design rule 3).
 * @param square RGB of 384 px, where the caller has cut it already
 */
export function assessQuality(located: LocatedImage, square: Uint8Array = squareOf(located, QUALITY_SIZE_PX)): QualityResult {
  const features = measureFeatures(located, square);
  return features ? judge(GATE_MODEL, features) : NOT_A_FUNDUS;
}

/** The decision on measured features; apart from the pixels so that fitting and tests can ask it. */
export function judge(model: GateModel, features: Features): QualityResult {
  const z = standardised(model, features);
  if (retinaProbability(model, z) < model.retina.leastProbability) return NOT_A_FUNDUS;
  const score = sigmoid(-(model.quality.bias + dot(model.quality.weights, z)));
  // Without any rim in sight nobody knows how much of the field is shown, nor at which scale.
  const { leastAreaInFrame, mostOffCentre, mostRounding } = model.limits;
  const cut = features.areaInFrame < leastAreaInFrame || features.offCentre > mostOffCentre || features.visibleRim === 0;
  const compressed = features.rounding > mostRounding;
  const gradable = score >= model.quality.leastScore && !cut && !compressed;
  const certain: QualityReason[] = [...(cut ? ['field-cut' as const] : []), ...(compressed ? ['compressed' as const] : [])];
  return { kind: 'retina', score, gradable, reasons: gradable ? [] : reasonsFor(model, features, certain) };
}

export function retinaProbability(model: Pick<GateModel, 'retina'>, z: readonly number[]): number {
  const { bias, weights, squares } = model.retina;
  return sigmoid(
    bias +
      dot(weights, z) +
      dot(
        squares,
        z.map((value) => value * value),
      ),
  );
}

/** Everything that is out of its limits; where nothing is, what comes nearest: a refusal without a reason helps nobody to do better. */
function reasonsFor(model: GateModel, features: Features, certain: readonly QualityReason[]): QualityReason[] {
  const ranked = Object.entries(model.reasons).map(([reason, limits]) => ({
    reason: reason as QualityReason,
    excess: Math.max(
      ...limits.map(({ feature, beyond, side, scale }) => ((side === 'above' ? 1 : -1) * (features[feature] - beyond)) / scale),
    ),
  }));
  const beyond = ranked.filter(({ reason, excess }) => excess > 0 || certain.includes(reason));
  if (beyond.length > 0) return beyond.map(({ reason }) => reason);
  const nearest = ranked.reduce((best, next) => (next.excess > best.excess ? next : best));
  return [nearest.reason];
}
