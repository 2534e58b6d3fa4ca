import { hkdfSync } from 'node:crypto';

/** What a key is for is part of how it is made: one never serves two purposes. A label is frozen once data lies under it. */
export type Purpose =
  | 'netra/subject/1'
  | 'netra/identity/1'
  | 'netra/blobs/1'
  | 'netra/blob-content/1'
  | 'netra/blob-name/1'
  | 'netra/key-check/1'
  | 'netra/backup/1'
  | 'netra/erasures/1';

/** HKDF-SHA-256 (RFC 5869) without salt, since the input is 32 random bytes. */
export function deriveKey(key: Uint8Array, purpose: Purpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), purpose, 32));
}
