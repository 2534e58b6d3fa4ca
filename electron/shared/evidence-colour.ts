/**
 * Colour of a cell of the heat map. The scale is absolute, so that two photographs can be compared: nothing is drawn at or below 0 (the
 * cell does not speak for grade >= 2), full strength at FULL_EVIDENCE. Values are in logits before calibration; on the starter model
 * 1 cell in 20 of a referred EyePACS photograph lies above 11, and 1 in 1000 of one that is not referred above 5.
 */
export const FULL_EVIDENCE = 12;
/** Even at full strength the retina shows through. */
const MAXIMUM_OPACITY = 0.75;

/** @returns red, green, blue, alpha, each 0..255 */
export function evidenceColour(value: number): [number, number, number, number] {
  const strength = Number.isFinite(value) ? Math.min(Math.max(value / FULL_EVIDENCE, 0), 1) : 0;
  return [255, Math.round(220 * (1 - strength)), 0, Math.round(255 * MAXIMUM_OPACITY * strength)];
}

/** A whole map as RGBA bytes, row-major. */
export function evidencePixels(values: Float32Array): Uint8Array {
  const pixels = new Uint8Array(values.length * 4);
  for (const [index, value] of values.entries()) pixels.set(evidenceColour(value), index * 4);
  return pixels;
}
