import sharp from 'sharp';
import type { BlobStore } from '../db/profile/blob-store';
import { type BlobStoreOptions } from '../db/profile/blob-store';
import { AppError } from '../shared/errors';
import { withoutMetadata } from './bare-jpeg';
import { type Rendition, SCREEN_RENDITION_PX } from '../shared/ipc/images';
import { readFileOnce } from './read-file';

export interface PictureInput {
  blobs: BlobStoreOptions;
  sha256: string;
  rendition: Rendition;
  /** Of the original, e.g. `image/tiff`. */
  type: string;
  /** For a reader: pixels and nothing else, no EXIF, no comments. */
  bare: boolean;
}

export interface FilePictureInput {
  path: string;
  /** Of the file as it was measured. */
  sha256: string;
}

export interface PictureBytes {
  bytes: Uint8Array;
  type: 'image/jpeg' | 'image/png' | 'image/bmp';
}

/** Screening refuses more than this long before (engine/images); here it only guards against a surprise. */
const MAX_PIXELS = 200_000_000;

/**
 * One photograph for the window, upright. What the window shows of a JPEG, PNG or BMP at full size is the original itself; the screen
 * size is made once and kept, encrypted like everything with pixels.
 *
 * @throws AppError not-found | blob-damaged
 */
export async function renderPicture(store: BlobStore, { sha256, rendition, type, bare }: PictureInput): Promise<PictureBytes> {
  if (rendition === 'thumbnail') return { bytes: await store.get('thumbnail', sha256), type: 'image/jpeg' };
  if (rendition === 'full') return fullSize(await store.get('original', sha256), type, bare);
  if (await store.has('screen', sha256)) {
    try {
      return { bytes: await store.get('screen', sha256), type: 'image/jpeg' };
    } catch (thrown) {
      // The original is still there: make it again.
      if (!(thrown instanceof AppError && thrown.code === 'blob-damaged')) throw thrown;
    }
  }
  const original = await store.get('original', sha256);
  // sharp reads no BMP; the window does.
  if (type === 'image/bmp') return { bytes: original, type };
  const bytes = await screenSized(original);
  // A full or read-only disk costs the next look a second, nothing else.
  await store.putAll(sha256, { screen: bytes }).catch(() => undefined);
  return { bytes, type: 'image/jpeg' };
}

/**
 * A photograph that lies outside the profile, for the window, upright and at the size of a screen.
 * @throws AppError image-vanished when it is not the one with this hash any more, image-*
 */
export async function renderFile({ path, sha256 }: FilePictureInput): Promise<PictureBytes> {
  const file = await readFileOnce(Buffer.from(path));
  if (file.sha256 !== sha256) throw new AppError('image-vanished');
  // sharp reads no BMP; the window does.
  if (file.bytes[0] === 0x42 && file.bytes[1] === 0x4d) return { bytes: file.bytes, type: 'image/bmp' };
  return { bytes: await screenSized(file.bytes), type: 'image/jpeg' };
}

async function screenSized(original: Uint8Array): Promise<Uint8Array> {
  const made = await sharp(original, { limitInputPixels: MAX_PIXELS })
    .rotate()
    .resize(SCREEN_RENDITION_PX, SCREEN_RENDITION_PX, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
    .toBuffer();
  // Copied: sharp's WebAssembly build answers in shared memory, which no network response takes.
  return Uint8Array.from(made);
}

async function fullSize(original: Uint8Array, type: string, bare: boolean): Promise<PictureBytes> {
  if (bare && type !== 'image/bmp') {
    const stripped = type === 'image/jpeg' ? withoutMetadata(original) : null;
    return stripped === null ? asPng(original) : { bytes: stripped, type: 'image/jpeg' };
  }
  if (type === 'image/jpeg' || type === 'image/png' || type === 'image/bmp') return { bytes: original, type };
  // The window shows no TIFF.
  return asPng(original);
}

async function asPng(original: Uint8Array): Promise<PictureBytes> {
  const bytes = await sharp(original, { limitInputPixels: MAX_PIXELS })
    .rotate()
    .toColourspace('srgb')
    .png({ compressionLevel: 3 })
    .toBuffer();
  return { bytes: Uint8Array.from(bytes), type: 'image/png' };
}
