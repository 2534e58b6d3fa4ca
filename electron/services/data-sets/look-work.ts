import sharp from 'sharp';
import type { BlobStore } from '../../db/profile/blob-store';
import type { BlobStoreOptions } from '../../db/profile/blob-store';
import { AppError } from '../../shared/errors';
import { type CircleInPicture, type Fingerprint, fingerprintOf } from './fingerprint';

export interface FingerprintsInput {
  blobs: BlobStoreOptions;
  /** The circle is in pixels of the original, which is `width` pixels wide. */
  requests: readonly { sha256: string; width: number; circle: CircleInPicture }[];
}

/** By the stored thumbnails; null for one that cannot be read. */
export async function makeFingerprints(store: BlobStore, { requests }: FingerprintsInput): Promise<(Fingerprint | null)[]> {
  const made: (Fingerprint | null)[] = [];
  for (const { sha256, width, circle } of requests) {
    try {
      const thumbnail = await store.get('thumbnail', sha256);
      const scale = ((await sharp(thumbnail).metadata()).width ?? width) / width;
      made.push(
        await fingerprintOf(thumbnail, { centreX: circle.centreX * scale, centreY: circle.centreY * scale, radius: circle.radius * scale }),
      );
    } catch (thrown) {
      if (thrown instanceof AppError && thrown.code !== 'blob-damaged' && thrown.code !== 'not-found') throw thrown;
      made.push(null);
    }
  }
  return made;
}
