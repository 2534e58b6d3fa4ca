import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject, scrypt } from 'node:crypto';
import { seal, unseal } from './seal';

/** Cost of turning a password into a key: 128 MiB and about half a second on a clinic laptop (OWASP's first choice for scrypt). */
export interface ScryptCost {
  n: number;
  r: number;
  p: number;
}
export const SCRYPT_COST: ScryptCost = { n: 2 ** 17, r: 8, p: 1 };

/**
 * A password as a key. Letters that look alike but are typed differently (Devanagari and Tamil keyboards) become the same by NFKC.
 * Off the main thread: libuv's pool does the work.
 */
export function keyFromPassword(password: string, salt: Uint8Array, { n, r, p }: ScryptCost): Promise<Uint8Array> {
  return new Promise((settle, refuse) => {
    scrypt(password.normalize('NFKC'), salt, 32, { N: n, r, p, maxmem: 256 * n * r }, (error, key) => {
      if (error) refuse(error);
      else settle(new Uint8Array(key));
    });
  });
}

/** X25519, 32 raw bytes each. */
interface KeyPair {
  publicKey: Uint8Array;
  privateKey: Uint8Array;
}

/** What only the owner of a private key can open. */
interface SealedFor {
  ephemeral: Uint8Array;
  sealed: Uint8Array;
}

export function newKeyPair(): KeyPair {
  const pair = generateKeyPairSync('x25519');
  return { publicKey: rawKey(pair.publicKey, 'x'), privateKey: rawKey(pair.privateKey, 'd') };
}

/** Seals for whoever has the private key; needs nothing secret, so that a new data key reaches everybody without their passwords. */
export function sealFor(publicKey: Uint8Array, about: string, plain: Uint8Array): SealedFor {
  const own = generateKeyPairSync('x25519');
  const ephemeral = rawKey(own.publicKey, 'x');
  return { ephemeral, sealed: new Uint8Array(seal(sharedKey(own.privateKey, publicOf(publicKey), ephemeral, publicKey), about, plain)) };
}

/** @returns null with another's private key, or what was sealed as something else */
export function unsealFor({ publicKey, privateKey }: KeyPair, about: string, { ephemeral, sealed }: SealedFor): Uint8Array | null {
  const own = createPrivateKey({
    key: { kty: 'OKP', crv: 'X25519', x: encode(publicKey), d: encode(privateKey) },
    format: 'jwk',
  });
  return unseal(sharedKey(own, publicOf(ephemeral), ephemeral, publicKey), about, sealed);
}

function sharedKey(privateKey: KeyObject, publicKey: KeyObject, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array {
  const secret = diffieHellman({ privateKey, publicKey });
  // Both public keys go in, as in RFC 9180: the key belongs to this exchange and to no other.
  return new Uint8Array(hkdfSync('sha256', secret, Buffer.concat([ephemeral, recipient]), 'netra/vault-seal/1', 32));
}

function publicOf(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: encode(raw) }, format: 'jwk' });
}

function rawKey(key: KeyObject, part: 'x' | 'd'): Uint8Array {
  const value = key.export({ format: 'jwk' })[part];
  if (typeof value !== 'string') throw new Error('an X25519 key has this part');
  return new Uint8Array(Buffer.from(value, 'base64url'));
}

function encode(raw: Uint8Array): string {
  return Buffer.from(raw).toString('base64url');
}
