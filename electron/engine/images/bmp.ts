import { AppError } from '../../shared/errors';
import type { RgbImage } from './rgb-image';

export interface BmpHeader {
  width: number;
  height: number;
  topDown: boolean;
  bitsPerPixel: 8 | 24 | 32;
  pixelOffset: number;
  palette: Uint8Array | null;
}

const BI_RGB = 0;
const BI_BITFIELDS = 3;

/**
 * Reads the header of an uncompressed BMP of 8 (palette), 24 or 32 bits a pixel: what cameras and Windows programs write.
 * @throws `image-truncated` when the file is shorter than its pixels, `image-undecodable` for other kinds (RLE, 1, 4 or 16 bits, odd masks).
 */
export function readBmpHeader(bytes: Uint8Array): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 54) throw new AppError('image-truncated');
  const headerSize = view.getUint32(14, true);
  const signedHeight = view.getInt32(22, true);
  const width = view.getInt32(18, true);
  const bitsPerPixel = view.getUint16(28, true);
  const compression = view.getUint32(30, true);
  const pixelOffset = view.getUint32(10, true);
  const known = bitsPerPixel === 8 || bitsPerPixel === 24 || bitsPerPixel === 32;
  if (headerSize < 40 || width <= 0 || signedHeight === 0 || !known) throw new AppError('image-undecodable');
  const masked = compression === BI_BITFIELDS && bitsPerPixel === 32;
  if (compression !== BI_RGB && !(masked && hasStandardMasks(view))) throw new AppError('image-undecodable');
  const palette = bitsPerPixel === 8 ? bytes.subarray(14 + headerSize, Math.min(pixelOffset, 14 + headerSize + 1024)) : null;
  return { width, height: Math.abs(signedHeight), topDown: signedHeight < 0, bitsPerPixel, pixelOffset, palette };
}

function hasStandardMasks(view: DataView): boolean {
  return (
    view.byteLength >= 66 &&
    view.getUint32(54, true) === 0x00ff0000 &&
    view.getUint32(58, true) === 0x0000ff00 &&
    view.getUint32(62, true) === 0x000000ff
  );
}

/** Pixels of a BMP whose header passed the limits; a fourth byte a pixel is ignored (it is padding more often than alpha). */
export function readBmpPixels(bytes: Uint8Array, header: BmpHeader): RgbImage {
  const { width, height, bitsPerPixel, pixelOffset, palette } = header;
  const step = bitsPerPixel / 8;
  const stride = Math.ceil((width * step) / 4) * 4;
  if (pixelOffset + stride * (height - 1) + width * step > bytes.length) throw new AppError('image-truncated');
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    let from = pixelOffset + (header.topDown ? y : height - 1 - y) * stride;
    let to = y * width * 3;
    for (let x = 0; x < width; x++, from += step, to += 3) {
      const source = palette ?? bytes;
      const at = palette ? (bytes[from] as number) * 4 : from;
      data[to] = source[at + 2] ?? 0;
      data[to + 1] = source[at + 1] ?? 0;
      data[to + 2] = source[at] ?? 0;
    }
  }
  return { width, height, data };
}
