import sharp from 'sharp';

import type { BlobStore } from '../../db/profile/blob-store';
import { evidencePixels } from '../../shared/evidence-colour';
import type { PictureRequest, PictureUris } from './pictures';

/** Runs in a worker thread: decrypts thumbnails and draws heat maps. A picture that cannot be read is missing, not the report. */
export async function encodePictures(store: BlobStore, requests: readonly PictureRequest[]): Promise<PictureUris[]> {
  const pictures: PictureUris[] = [];
  for (const { imageId, sha256, heatMap } of requests) {
    const thumbnail = await store.get('thumbnail', sha256).catch(() => null);
    const photo = thumbnail === null ? null : `data:image/jpeg;base64,${Buffer.from(thumbnail).toString('base64')}`;
    const heat = heatMap === null ? null : await heatUri(heatMap);
    pictures.push({ imageId, photo, heat });
  }
  return pictures;
}

/** One pixel a cell; the browser smooths it over the retina. */
export async function heatUri({ rows, columns, values }: NonNullable<PictureRequest['heatMap']>): Promise<string> {
  const raw = { width: columns, height: rows, channels: 4 as const };
  const png = await sharp(evidencePixels(values), { raw }).png({ compressionLevel: 9 }).toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}
