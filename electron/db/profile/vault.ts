import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../shared/errors';
import { codeOf, toStorageError } from '../storage-error';
import { writeFileDurably } from './durable-file';
import type { KeySource } from './key-source';
import { seal, unseal } from './seal';
import { keyFromPassword, newKeyPair, sealFor, SCRYPT_COST, type ScryptCost, unsealFor } from './vault-crypto';

/**
 * The locks on a profile's data key: one entry for each account's password, one for the recovery code, one for the sealed second code. It lies
 * beside the database, since the database needs the key.
 *
 * Each entry has a key pair of its own. Its private half is sealed with a key made from the password; the data key is sealed for its public half.
 * A password is changed by sealing the private half anew, and a new data key is sealed for everybody without asking anyone for a password.
 */
export const ENTRY_KINDS = ['password', 'recovery', 'break-glass'] as const;

const bytes = z.base64().transform((text): Uint8Array => new Uint8Array(Buffer.from(text, 'base64')));
const bytes32 = bytes.refine((value) => value.byteLength === 32);

/** A file from anywhere: a cost that would fill the memory is refused. */
const costSchema = z.object({
  n: z
    .number()
    .int()
    .min(2)
    .max(2 ** 20)
    .refine((n) => Number.isInteger(Math.log2(n))),
  r: z.number().int().min(1).max(16),
  p: z.number().int().min(1).max(4),
});
const entrySchema = z.object({
  /** An account's id for a password; a name of its own for a code. */
  id: z.string().min(1).max(64),
  kind: z.enum(ENTRY_KINDS),
  /** What its owner types; readable by whoever has the folder, as the sign-in screen needs it before anything is open. */
  login: z.string().max(64).nullable(),
  cost: costSchema,
  salt: bytes,
  publicKey: bytes32,
  privateKey: bytes,
  dataKey: z.object({ ephemeral: bytes32, sealed: bytes }),
});
const vaultSchema = z.object({ format: z.literal(1), entries: z.array(entrySchema).max(500) });

export type VaultEntry = z.output<typeof entrySchema>;
export type EntryName = Pick<VaultEntry, 'id' | 'kind' | 'login'>;

export function vaultFile(folder: string): string {
  return join(folder, 'vault.json');
}

/** True when a profile is protected by accounts. */
export function hasVault(folder: string): boolean {
  return existsSync(vaultFile(folder));
}

/** @throws AppError profile-damaged {part: 'vault'} | what the disk says */
export async function readVault(folder: string): Promise<VaultEntry[]> {
  let text: string;
  try {
    text = await readFile(vaultFile(folder), 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') throw new AppError('profile-damaged', { part: 'vault' }, thrown);
    throw toStorageError(thrown);
  }
  try {
    return vaultSchema.parse(JSON.parse(text)).entries;
  } catch (thrown) {
    throw new AppError('profile-damaged', { part: 'vault' }, thrown);
  }
}

/** Old content or new, never a part: a password is changed by replacing the file. */
export async function writeVault(folder: string, entries: readonly VaultEntry[]): Promise<void> {
  await writeFileDurably(vaultFile(folder), `${JSON.stringify({ format: 1, entries }, encodeBytes)}\n`);
}

export async function makeEntry(name: EntryName, secret: string, dataKey: Uint8Array, cost: ScryptCost = SCRYPT_COST): Promise<VaultEntry> {
  const salt = new Uint8Array(randomBytes(16));
  const { publicKey, privateKey } = newKeyPair();
  const key = await keyFromPassword(secret, salt, cost);
  return {
    ...name,
    cost,
    salt,
    publicKey,
    privateKey: new Uint8Array(seal(key, aboutOf('private-key', name), privateKey)),
    dataKey: sealFor(publicKey, aboutOf('data-key', name), dataKey),
  };
}

/** The data key, or null when the password or code is not this entry's. */
export async function openEntry(entry: VaultEntry, secret: string): Promise<Uint8Array | null> {
  const key = await keyFromPassword(secret, entry.salt, entry.cost);
  const privateKey = unseal(key, aboutOf('private-key', entry), entry.privateKey);
  if (privateKey === null) return null;
  return unsealFor({ publicKey: entry.publicKey, privateKey }, aboutOf('data-key', entry), entry.dataKey);
}

/** The same passwords and codes over another data key. */
export function withDataKey(entries: readonly VaultEntry[], dataKey: Uint8Array): VaultEntry[] {
  return entries.map((entry) => ({ ...entry, dataKey: sealFor(entry.publicKey, aboutOf('data-key', entry), dataKey) }));
}

/** An open vault: where the key of a protected profile comes from, and the way to change who can open it. */
export class UnlockedVault implements KeySource {
  readonly protected = true;
  readonly #folder: string;
  readonly #dataKey: Uint8Array;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string, dataKey: Uint8Array) {
    this.#folder = folder;
    this.#dataKey = dataKey;
  }

  read(): Promise<Uint8Array> {
    return Promise.resolve(this.#dataKey);
  }

  /** A protected profile has its key from the first moment. */
  create(): Promise<Uint8Array> {
    return Promise.reject(new AppError('profile-damaged', { part: 'key' }));
  }

  entries(): Promise<VaultEntry[]> {
    return readVault(this.#folder);
  }

  /** Whether a password or code is the entry's. */
  async opens(id: string, secret: string): Promise<boolean> {
    const entry = (await this.entries()).find((each) => each.id === id);
    return entry !== undefined && (await openEntry(entry, secret)) !== null;
  }

  /** Gives an account or a code its secret; the one before opens nothing any more. On disk when it resolves. */
  async put(name: EntryName, secret: string): Promise<void> {
    const entry = await makeEntry(name, secret, this.#dataKey);
    await this.#change((entries) => [...entries.filter(({ id }) => id !== entry.id), entry]);
  }

  async remove(id: string): Promise<void> {
    await this.#change((entries) => entries.filter((entry) => entry.id !== id));
  }

  /** One change after the other: two at once would lose one. */
  #change(change: (entries: VaultEntry[]) => VaultEntry[]): Promise<void> {
    const done = this.#writing.then(async () => writeVault(this.#folder, change(await this.entries())));
    this.#writing = done.catch(() => undefined);
    return done;
  }
}

function aboutOf(what: 'private-key' | 'data-key', { id, kind, login }: EntryName): string {
  return JSON.stringify(['netra-vault-1', what, kind, id, login]);
}

function encodeBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
