import sharp from 'sharp';
import { AppError } from '../../shared/errors';

const MAX_PIXELS = 100_000_000;
const THUMBNAIL_PX = 256;

export interface InspectedPicture {
  format: 'jpeg' | 'png' | 'tiff' | 'bmp';
  /** Upright, pixels. */
  width: number;
  height: number;
  /** JPEG; null where only the window can draw it. */
  thumbnail: Uint8Array | null;
}

/** What a photograph from elsewhere is, by decoding all of it. @throws AppError image-undecodable */
export async function inspectPicture(bytes: Uint8Array): Promise<InspectedPicture> {
  try {
    if (bytes[0] === 0x42 && bytes[1] === 0x4d) return inspectBitmap(bytes);
    const { format } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'truncated' }).metadata();
    if (format !== 'jpeg' && format !== 'png' && format !== 'tiff') throw new AppError('image-undecodable');
    const upright = sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'truncated' }).rotate();
    const { info } = await upright.clone().raw().toBuffer({ resolveWithObject: true });
    const thumbnail = await upright
      .resize(THUMBNAIL_PX, THUMBNAIL_PX, { fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .jpeg({ quality: 85 })
      .toBuffer();
    return { format, width: info.width, height: info.height, thumbnail: Uint8Array.from(thumbnail) };
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError('image-undecodable', {}, thrown);
  }
}

function inspectBitmap(bytes: Uint8Array): InspectedPicture {
  if (bytes.length < 54) throw new AppError('image-undecodable');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getInt32(18, true), Math.abs(view.getInt32(22, true))];
  if (width <= 0 || height <= 0 || width * height > MAX_PIXELS) throw new AppError('image-undecodable');
  return { format: 'bmp', width, height, thumbnail: null };
}
