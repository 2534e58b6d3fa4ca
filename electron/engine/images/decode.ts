import exifReader from 'exif-reader';
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import { AppError } from '../../shared/errors';
import type { ImageFacts } from '../protocol';
import { readBmpHeader, readBmpPixels } from './bmp';
import { endsEarly, sniffFormat, type ImageFormat } from './format';
import { roundingStepOf } from './jpeg-tables';
import type { RgbImage } from './rgb-image';

/** The largest fundus cameras write 50 megapixels; beyond twice that the file is a trap or a mistake. */
export const MAX_PIXELS = 100_000_000;
/** Uncompressed 16-bit TIFF of 24 megapixels still fits. */
export const MAX_FILE_BYTES = 160 * 1024 * 1024;
/** Below this no eye fits. */
const MIN_SIDE_PX = 32;
/** Pixels that follow the decoder have a longer side of at least this, and of less than twice this. */
const WORKING_LONG_SIDE_PX = 1024;

// Libvips would keep pixels of earlier patients in its cache, and never sees a file twice here.
sharp.cache(false);

export interface DecodedImage {
  facts: ImageFacts;
  /** Upright sRGB at the working size. */
  pixels: RgbImage;
  /** Original pixels per working pixel: 1, 2, 4 or 8. */
  shrink: number;
  /** How coarsely the file rounds brightness (jpeg-tables.ts), grey levels; null where it says nothing about it. */
  roundingStep: number | null;
}

/**
 * Decodes a photograph once, for everything that follows: EXIF orientation applied, 8-bit sRGB, transparency on black.
 * A large one is shrunk by a power of two while it is read (inside the JPEG decoder where it is a JPEG): part of the preprocessing
 * version, because other ways of shrinking give other pixels.
 * @throws AppError `image-empty`, `image-unsupported-format`, `image-too-large`, `image-truncated`, `image-undecodable`
 */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  const format = sniffFormat(bytes);
  if (bytes.length > MAX_FILE_BYTES) throw new AppError('image-too-large', { bytes: bytes.length, maximum: MAX_FILE_BYTES });
  return format === 'bmp' ? decodeBmp(bytes) : decodeWithSharp(bytes, format);
}

async function decodeBmp(bytes: Uint8Array): Promise<DecodedImage> {
  const header = readBmpHeader(bytes);
  checkSize(header.width, header.height);
  const full = readBmpPixels(bytes, header);
  const { shrink, pixels } = await shrinkWhileReading(
    sharp(full.data, { raw: { width: full.width, height: full.height, channels: 3 } }),
    full.width,
    full.height,
  );
  return {
    facts: { format: 'bmp', width: full.width, height: full.height, takenAt: null, camera: null },
    pixels,
    shrink,
    roundingStep: null,
  };
}

async function decodeWithSharp(bytes: Uint8Array, format: ImageFormat): Promise<DecodedImage> {
  const options: SharpOptions = { failOn: 'error', limitInputPixels: MAX_PIXELS, page: 0, pages: 1, sequentialRead: true };
  try {
    const metadata = await sharp(bytes, { ...options, limitInputPixels: false }).metadata();
    const { width, height } = metadata.autoOrient;
    checkSize(width, height);
    const { shrink, pixels } = await shrinkWhileReading(sharp(bytes, options).autoOrient(), width, height);
    const roundingStep = format === 'jpeg' ? roundingStepOf(bytes) : null;
    return { facts: { format, width, height, ...cameraFacts(metadata) }, pixels, shrink, roundingStep };
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError(endsEarly(bytes, format) ? 'image-truncated' : 'image-undecodable', {}, thrown);
  }
}

function checkSize(width: number, height: number): void {
  if (width * height > MAX_PIXELS) throw new AppError('image-too-large', { width, height, maximum: MAX_PIXELS });
  if (Math.min(width, height) < MIN_SIDE_PX) throw new AppError('image-undecodable', { width, height });
}

async function shrinkWhileReading(image: Sharp, width: number, height: number): Promise<{ shrink: number; pixels: RgbImage }> {
  const shrink = shrinkFor(Math.max(width, height));
  const sized =
    shrink === 1
      ? image
      : image.resize(Math.ceil(width / shrink), Math.ceil(height / shrink), { fit: 'fill', kernel: 'linear', fastShrinkOnLoad: true });
  const { data, info } = await sized.flatten({ background: '#000000' }).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { shrink, pixels: { width: info.width, height: info.height, data: asRgb(data, info.channels) } };
}

function shrinkFor(longSidePx: number): number {
  let shrink = 1;
  while (longSidePx / (shrink * 2) >= WORKING_LONG_SIDE_PX) shrink *= 2;
  return shrink;
}

function asRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === 3) return data;
  const rgb = new Uint8Array((data.length / channels) * 3);
  const [green, blue] = channels < 3 ? [0, 0] : [1, 2];
  for (let from = 0, to = 0; from < data.length; from += channels, to += 3) {
    rgb[to] = data[from] as number;
    rgb[to + 1] = data[from + green] as number;
    rgb[to + 2] = data[from + blue] as number;
  }
  return rgb;
}

/** EXIF is the camera's word about itself: kept where it can be read, never a reason to fail. */
function cameraFacts(metadata: Metadata): Pick<ImageFacts, 'takenAt' | 'camera'> {
  if (!metadata.exif) return { takenAt: null, camera: null };
  try {
    const exif = exifReader(metadata.exif);
    const taken = exif.Photo?.DateTimeOriginal ?? exif.Image?.DateTime;
    const names = [exif.Image?.Make, exif.Image?.Model].filter((name) => typeof name === 'string' && name.trim() !== '');
    return {
      // The reader holds the camera's local time in the UTC fields; it has no zone and gets none here.
      takenAt: taken instanceof Date && !Number.isNaN(taken.getTime()) ? taken.toISOString().slice(0, 19) : null,
      camera: names.length > 0 ? names.join(' ').slice(0, 120) : null,
    };
  } catch {
    return { takenAt: null, camera: null };
  }
}
