import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/errors';
import { codeOf, toStorageError } from '../storage-error';
import { makeFolderDurably, removeTemporaryFiles, syncFolderAsync, writeAndRename } from './durable-file';
import { deriveKey } from './keys';

/** What is kept of a photograph. All of them go by the SHA-256 of the original. */
export const BLOB_KINDS = ['original', 'thumbnail', 'screen', 'cache'] as const;
export type BlobKind = (typeof BLOB_KINDS)[number];

/** Plain data: clone it into a worker thread and make the store there. */
export interface BlobStoreOptions {
  folder: string;
  /** 32 bytes, the profile's key for blobs. */
  key: Uint8Array;
}

/** One byte of format, 12 of nonce, the ciphertext, 16 of authentication tag. */
const FORMAT = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OVERHEAD_BYTES = 1 + NONCE_BYTES + TAG_BYTES;
/** Files being written: one folder, so that what a power cut left is found without searching the store. */
const INCOMING = 'incoming';

/**
 * Every file with pixels in it: AES-256-GCM, named by a keyed hash of its content's SHA-256, so that neither a name nor a first byte tells what
 * the file is or whether a known photograph is among them. Kind and SHA-256 are authenticated: files that were swapped do not open.
 */
export class BlobStore {
  readonly #folder: string;
  readonly #contentKey: Uint8Array;
  readonly #nameKey: Uint8Array;
  readonly #syncedFolders = new Set<string>();

  constructor({ folder, key }: BlobStoreOptions) {
    if (key.byteLength !== 32) throw new TypeError('a blob key has 32 bytes');
    this.#folder = folder;
    this.#contentKey = deriveKey(key, 'netra/blob-content/1');
    this.#nameKey = deriveKey(key, 'netra/blob-name/1');
  }

  /**
   * Stores what belongs to one photograph; all of it is on disk when this resolves. An original that is there already and whole is left alone,
   * a damaged one is replaced; the other kinds are written anew.
   *
   * @param sha256 of the original, hex
   * @throws AppError disk-full | profile-read-only; TypeError when `original` does not have this SHA-256
   */
  async putAll(sha256: string, blobs: Partial<Record<BlobKind, Uint8Array>>): Promise<void> {
    const folder = this.#folderOf(sha256);
    await this.#makeFolder(folder);
    let written = 0;
    for (const kind of BLOB_KINDS) {
      const bytes = blobs[kind];
      if (!bytes) continue;
      if (kind === 'original') {
        if (createHash('sha256').update(bytes).digest('hex') !== sha256) throw new TypeError('an original is stored under its own SHA-256');
        if (await this.#isWhole(sha256, bytes.byteLength)) continue;
      }
      await writeAndRename(this.#pathOf(kind, sha256), this.#seal(kind, sha256, bytes), { temporaryFolder: join(this.#folder, INCOMING) });
      written++;
    }
    if (written > 0) await guarded(() => syncFolderAsync(folder));
  }

  /** @throws AppError not-found | blob-damaged */
  async get(kind: BlobKind, sha256: string): Promise<Uint8Array> {
    let sealed: Buffer;
    try {
      sealed = await readFile(this.#pathOf(kind, sha256));
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT') throw new AppError('not-found', {}, thrown);
      throw codeOf(thrown) === 'EIO' ? new AppError('blob-damaged', {}, thrown) : toStorageError(thrown);
    }
    return this.#unseal(kind, sha256, sealed);
  }

  /** Removes what an interrupted write left. Only while nobody writes: when the profile is opened. */
  async clearIncoming(): Promise<void> {
    try {
      await removeTemporaryFiles(join(this.#folder, INCOMING));
    } catch (thrown) {
      if (codeOf(thrown) !== 'ENOENT') throw toStorageError(thrown);
    }
  }

  async has(kind: BlobKind, sha256: string): Promise<boolean> {
    return (await this.#size(kind, sha256)) !== null;
  }

  /**
   * The SHA-256 of every original in the store, found from the files themselves: the counter mode inside GCM decrypts without the name, the content gives the
   * SHA-256, and the SHA-256 gives the name that the file must have. Costs one decryption a file.
   */
  async listOriginals(): Promise<string[]> {
    const found: string[] = [];
    for (const folder of await namesIn(this.#folder)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const name of await namesIn(join(this.#folder, folder))) {
        const sealed = await readFile(join(this.#folder, folder, name));
        if (sealed.byteLength < OVERHEAD_BYTES || sealed[0] !== FORMAT) continue;
        const decipher = createDecipheriv('aes-256-gcm', this.#contentKey, sealed.subarray(1, 1 + NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        });
        const plain = decipher.update(sealed.subarray(1 + NONCE_BYTES, sealed.byteLength - TAG_BYTES));
        const sha256 = createHash('sha256').update(plain).digest('hex');
        if (this.#nameOf('original', sha256) === name) found.push(sha256);
      }
    }
    return found;
  }

  async #isWhole(sha256: string, byteSize: number): Promise<boolean> {
    if ((await this.#size('original', sha256)) !== byteSize + OVERHEAD_BYTES) return false;
    try {
      await this.get('original', sha256);
      return true;
    } catch (thrown) {
      if (thrown instanceof AppError && (thrown.code === 'blob-damaged' || thrown.code === 'not-found')) return false;
      throw thrown;
    }
  }

  async #size(kind: BlobKind, sha256: string): Promise<number | null> {
    try {
      return (await stat(this.#pathOf(kind, sha256))).size;
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT') return null;
      throw toStorageError(thrown);
    }
  }

  #seal(kind: BlobKind, sha256: string, bytes: Uint8Array): Buffer {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#contentKey, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(identityOf(kind, sha256));
    return Buffer.concat([Buffer.from([FORMAT]), nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }

  #unseal(kind: BlobKind, sha256: string, sealed: Buffer): Uint8Array {
    if (sealed.byteLength < OVERHEAD_BYTES || sealed[0] !== FORMAT) throw new AppError('blob-damaged');
    const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.#contentKey, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(identityOf(kind, sha256));
    decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
    try {
      const plain = decipher.update(sealed.subarray(1 + NONCE_BYTES, sealed.byteLength - TAG_BYTES));
      decipher.final();
      return plain;
    } catch (thrown) {
      throw new AppError('blob-damaged', {}, thrown);
    }
  }

  /** All that belongs to one photograph lies in one of 256 folders, so that storing it costs one fsync of a folder. */
  #folderOf(sha256: string): string {
    return join(this.#folder, this.#nameOf('folder', sha256).slice(0, 2));
  }

  #pathOf(kind: BlobKind, sha256: string): string {
    return join(this.#folderOf(sha256), this.#nameOf(kind, sha256));
  }

  #nameOf(kind: BlobKind | 'folder', sha256: string): string {
    return createHmac('sha256', this.#nameKey).update(identityOf(kind, sha256)).digest('hex');
  }

  async #makeFolder(folder: string): Promise<void> {
    if (this.#syncedFolders.has(folder)) return;
    await makeFolderDurably(folder);
    await makeFolderDurably(join(this.#folder, INCOMING));
    this.#syncedFolders.add(folder);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return [];
    throw toStorageError(thrown);
  }
}

function identityOf(kind: BlobKind | 'folder', sha256: string): Buffer {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError('a SHA-256 is 64 hex digits');
  return Buffer.from(`${kind}:${sha256}`, 'ascii');
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw toStorageError(thrown);
  }
}
