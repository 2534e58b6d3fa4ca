import { getImage, type Image } from '../../db/queries/images';
import { AppError } from '../../shared/errors';
import type { Rendition } from '../../shared/ipc/images';
import type { Workspace } from '../workspace';
import type { PictureBytes as Picture } from '../picture-work';

/** Encoded bytes kept in memory, so that going back and forth between eyes costs no decryption: about a hundred screen-sized photographs. */
const CACHE_BYTES = 48_000_000;

/** Photographs for the window, decrypted and scaled in worker threads. */
export class Pictures {
  readonly #workspace: Workspace;
  readonly #cache = new Map<string, Promise<Picture | null>>();
  readonly #sizes = new Map<string, number>();
  #cachedBytes = 0;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** @param bare pixels alone, without EXIF; @returns null when there is no such photograph; @throws AppError blob-damaged */
  get(imageId: string, rendition: Rendition, bare = false): Promise<Picture | null> {
    const key = `${imageId}/${rendition}${bare ? '/bare' : ''}`;
    const known = this.#cache.get(key);
    if (known !== undefined) {
      // The last one used is the last one to go.
      this.#cache.delete(key);
      this.#cache.set(key, known);
      return known;
    }
    const picture = this.#load(imageId, rendition, bare);
    this.#cache.set(key, picture);
    picture.then(
      (loaded) => {
        this.#loaded(key, loaded);
      },
      () => this.#cache.delete(key),
    );
    return picture;
  }

  #loaded(key: string, picture: Picture | null): void {
    if (picture === null) {
      this.#cache.delete(key);
      return;
    }
    this.#sizes.set(key, picture.bytes.byteLength);
    this.#cachedBytes += picture.bytes.byteLength;
    for (const oldest of this.#cache.keys()) {
      if (this.#cachedBytes <= CACHE_BYTES || oldest === key) break;
      this.#cache.delete(oldest);
      this.#cachedBytes -= this.#sizes.get(oldest) ?? 0;
      this.#sizes.delete(oldest);
    }
  }

  async #load(imageId: string, rendition: Rendition, bare: boolean): Promise<Picture | null> {
    const { profile, pool } = this.#workspace;
    const image = getImage(profile.database, imageId);
    if (image === undefined) return null;
    try {
      return await pool.picture({ blobs: profile.blobStoreOptions, sha256: image.sha256, rendition, type: typeOf(image), bare });
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code === 'not-found') return null;
      throw thrown;
    }
  }
}

function typeOf(image: Image): string {
  return `image/${image.format}`;
}
