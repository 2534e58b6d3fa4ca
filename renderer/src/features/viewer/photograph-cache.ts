import { imageUrl, type Rendition } from '../../../../electron/shared/ipc/images';

/** Decoded, ready to be drawn. Whoever gets one may draw it, and must not close it: the cache does. */
type Decoded = Promise<ImageBitmap>;

/** Decoded screen-sized photographs that are kept: the patient on screen, the ones before and after, both eyes each. About 7 MB each. */
const KEPT = 12;

/** Fetches and decodes off the main thread. @throws when there is no such picture */
export async function fetchPicture(imageId: string, rendition: Rendition, signal: AbortSignal): Promise<ImageBitmap> {
  const response = await fetch(imageUrl(imageId, rendition), { signal });
  if (!response.ok) throw new Error(`picture ${response.status}`);
  return createImageBitmap(await response.blob());
}

/** Photographs at the size of a screen, so that the next patient is there when the key is pressed. */
export class PhotographCache {
  readonly #fetch: typeof fetchPicture;
  readonly #entries = new Map<string, { picture: Decoded; ready: ImageBitmap | null; abort: AbortController }>();

  constructor(fetchOne: typeof fetchPicture = fetchPicture) {
    this.#fetch = fetchOne;
  }

  /** The photograph if it can be drawn at once. */
  ready(imageId: string): ImageBitmap | null {
    return this.#entries.get(imageId)?.ready ?? null;
  }

  get(imageId: string): Decoded {
    const known = this.#entries.get(imageId);
    if (known !== undefined) {
      this.#entries.delete(imageId);
      this.#entries.set(imageId, known);
      return known.picture;
    }
    const abort = new AbortController();
    const entry = { picture: this.#fetch(imageId, 'screen', abort.signal), ready: null as ImageBitmap | null, abort };
    this.#entries.set(imageId, entry);
    entry.picture.then(
      (bitmap) => {
        entry.ready = bitmap;
      },
      () => {
        // The next look asks again.
        if (this.#entries.get(imageId) === entry) this.#entries.delete(imageId);
      },
    );
    this.#forgetOldest();
    return entry.picture;
  }

  /** Has it ready for a look that is likely to come. */
  prefetch(imageId: string): void {
    this.get(imageId).catch(() => undefined);
  }

  #forgetOldest(): void {
    for (const [imageId, entry] of this.#entries) {
      if (this.#entries.size <= KEPT) return;
      this.#entries.delete(imageId);
      entry.abort.abort();
      // Memory goes when nobody draws it any more: a pane may still hold it.
    }
  }
}
