import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BlobStore } from '../../db/profile/blob-store';
import type { Profile } from '../../db/profile/profile';
import { toAppError } from '../../shared/errors';

/**
 * Prepared pictures of a profile's trainings (cut retinas, embeddings), encrypted like the photographs themselves, each under a key that names
 * content, preprocessing version and size: another version never finds them. May be deleted at any time.
 */
export class PictureCache {
  readonly #folder: string;
  readonly #blobs: BlobStore;
  #full = false;

  constructor(profile: Pick<Profile, 'folder' | 'blobStoreOptions'>) {
    this.#folder = join(profile.folder, 'training-cache');
    this.#blobs = new BlobStore({ ...profile.blobStoreOptions, folder: this.#folder });
  }

  /** null where there is nothing whole under the key. */
  async get(key: string): Promise<Uint8Array | null> {
    return this.#blobs.get('cache', key).catch(() => null);
  }

  /** In the background. @param onFull told once, when there is no room: nothing more is kept then */
  put(key: string, bytes: Uint8Array, onFull: () => void): void {
    if (this.#full) return;
    this.#blobs.putAll(key, { cache: bytes }).catch((thrown: unknown) => {
      const first = !this.#full;
      this.#full = true;
      if (first && toAppError(thrown).code !== 'internal') onFull();
    });
  }

  /** Removes all of them: room for a checkpoint, or what an erased patient must not leave behind. */
  async clear(): Promise<void> {
    this.#full = true;
    await rm(this.#folder, { recursive: true, force: true });
  }
}
