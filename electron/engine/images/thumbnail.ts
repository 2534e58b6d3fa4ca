import sharp from 'sharp';
import { shrinkByBox, type RgbImage } from './rgb-image';

const THUMBNAIL_LONG_SIDE_PX = 256;

/** JPEG whose longer side is at most 256 px, without metadata, made from pixels already decoded. */
export async function makeThumbnail(image: RgbImage): Promise<Uint8Array> {
  // A whole-number shrink first: libvips then has a quarter of the bytes to copy and to filter.
  const small = shrinkByBox(image, Math.floor(Math.max(image.width, image.height) / (2 * THUMBNAIL_LONG_SIDE_PX)));
  return sharp(small.data, { raw: { width: small.width, height: small.height, channels: 3 } })
    .resize(THUMBNAIL_LONG_SIDE_PX, THUMBNAIL_LONG_SIDE_PX, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
}
