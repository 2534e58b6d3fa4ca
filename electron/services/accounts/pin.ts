import { randomBytes, timingSafeEqual } from 'node:crypto';
import { keyFromPassword } from '../../db/profile/vault-crypto';
import { checkPin } from './password-rules';

/** Cheap on purpose: it lies inside the encrypted database, and five wrong tries end it. */
const COST = { n: 2 ** 14, r: 8, p: 1 };

/** @throws AppError pin-invalid */
export async function hashPin(pin: string): Promise<{ salt: Uint8Array; hash: Uint8Array }> {
  checkPin(pin);
  const salt = new Uint8Array(randomBytes(16));
  return { salt, hash: await keyFromPassword(pin, salt, COST) };
}

export async function isPin(pin: string, { salt, hash }: { salt: Uint8Array; hash: Uint8Array }): Promise<boolean> {
  return timingSafeEqual(await keyFromPassword(pin, salt, COST), hash);
}
