import { createHash } from 'node:crypto';
import { PREPROCESSING_VERSION } from '../images/preprocess';

/** Keeps what was computed from a photograph beyond the end of the process; encrypted, by whoever started it. */
export interface Keeper {
  /** null where nothing is kept under the key, or nothing is kept at all. */
  get(key: string): Promise<Uint8Array | null>;
  put(key: string, bytes: Uint8Array): void;
}

/** Names what was computed: from which content, by which version, how. 64 hex digits. */
export function keptKey(sha256: string, ...how: readonly (string | number)[]): string {
  return createHash('sha256')
    .update(['netra-kept-1', PREPROCESSING_VERSION, sha256, ...how].join('\n'))
    .digest('hex');
}

/** The bytes of a float array, not copied. */
export function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** As a float array; null when they are not as many as expected. */
export function floatsOf(bytes: Uint8Array, length: number): Float32Array | null {
  if (bytes.byteLength !== length * 4) return null;
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
