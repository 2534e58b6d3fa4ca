import sharp from 'sharp';
import type { BlobStore } from '../../db/profile/blob-store';
import type { BlobStoreOptions } from '../../db/profile/blob-store';
import { listFingerprints } from '../../db/queries/look-alikes';
import type { ReadableDatabase } from '../../db/sql';
import { AppError } from '../../shared/errors';
import { type CircleInPicture, findAlike, type Fingerprint, FINGERPRINT_VERSION, fingerprintOf } from './fingerprint';

export interface FingerprintsInput {
  blobs: BlobStoreOptions;
  /** The circle is in pixels of the original, which is `width` pixels wide. */
  requests: readonly { sha256: string; width: number; circle: CircleInPicture }[];
}

export interface AlikeImages {
  firstId: string;
  secondId: string;
  correlation: number;
}

/** Compares the photographs that are new with all others that have a fingerprint. */
export function alikeImages(db: ReadableDatabase, fresh: readonly string[]): AlikeImages[] {
  const isFresh = new Set(fresh);
  const all = listFingerprints(db, FINGERPRINT_VERSION);
  const known = [...all.filter(({ imageId }) => !isFresh.has(imageId)), ...all.filter(({ imageId }) => isFresh.has(imageId))];
  return findAlike(known, known.length - isFresh.size).map(({ first, second, correlation }) => ({
    firstId: known[first]?.imageId ?? '',
    secondId: known[second]?.imageId ?? '',
    correlation,
  }));
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
