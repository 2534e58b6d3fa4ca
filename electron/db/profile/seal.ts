import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** One byte of format, 12 of nonce, the ciphertext, 16 of authentication tag. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM of a small text or key.
 *
 * @param key 32 bytes
 * @param about what it belongs to, authenticated: sealed bytes that were moved to another record do not open
 */
export function seal(key: Uint8Array, about: string, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(about));
  return Buffer.concat([Buffer.from([FORMAT]), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @returns null where the bytes are damaged, or were sealed under another key or for another record */
export function unseal(key: Uint8Array, about: string, sealed: Uint8Array): Uint8Array | null {
  if (sealed.byteLength < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== FORMAT) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(about));
  decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
  try {
    return new Uint8Array(
      Buffer.concat([decipher.update(sealed.subarray(1 + NONCE_BYTES, sealed.byteLength - TAG_BYTES)), decipher.final()]),
    );
  } catch {
    return null;
  }
}
