import { AppError } from '../../shared/errors';

export type ImageFormat = 'jpeg' | 'png' | 'tiff' | 'bmp';

const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** `II*\0`, `MM\0*` and their BigTIFF forms. */
const TIFF_SIGNATURES = [
  [0x49, 0x49, 0x2a, 0x00],
  [0x4d, 0x4d, 0x00, 0x2a],
  [0x49, 0x49, 0x2b, 0x00],
  [0x4d, 0x4d, 0x00, 0x2b],
];
/** Sizes of the second BMP header that exist (core, info, its extensions, V4, V5): two letters `BM` alone prove nothing. */
const BMP_HEADER_SIZES = [12, 40, 52, 56, 64, 108, 124];

/**
 * Format of an image file by its content; the name is never asked.
 * @throws `image-empty` for no bytes, `image-unsupported-format` for anything but JPEG, PNG, TIFF and BMP.
 */
export function sniffFormat(bytes: Uint8Array): ImageFormat {
  if (bytes.length === 0) throw new AppError('image-empty');
  if (startsWith(bytes, [0xff, 0xd8, 0xff])) return 'jpeg';
  if (startsWith(bytes, PNG_SIGNATURE)) return 'png';
  if (TIFF_SIGNATURES.some((signature) => startsWith(bytes, signature))) return 'tiff';
  if (startsWith(bytes, [0x42, 0x4d]) && bytes.length >= 18 && BMP_HEADER_SIZES.includes(viewOf(bytes).getUint32(14, true))) return 'bmp';
  throw new AppError('image-unsupported-format');
}

/**
 * Whether the file ends before its format says it may. Asked only after decoding failed, to tell a photograph that
 * was cut off while copying (copy it again) from one that is damaged inside.
 */
export function endsEarly(bytes: Uint8Array, format: ImageFormat): boolean {
  switch (format) {
    case 'jpeg':
      return !hasJpegEnd(bytes);
    case 'png':
      return !hasPngEnd(bytes);
    case 'tiff':
      return !hasTiffDirectory(bytes);
    case 'bmp':
      return bytes.length < viewOf(bytes).getUint32(2, true);
  }
}

function startsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return bytes.length >= signature.length && signature.every((byte, index) => bytes[index] === byte);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Cameras append data after the end-of-image marker, and thumbnails inside EXIF have one of their own: only the last counts. */
function hasJpegEnd(bytes: Uint8Array): boolean {
  const lastScan = lastIndexOfMarker(bytes, 0xda);
  return lastScan >= 0 && lastIndexOfMarker(bytes, 0xd9) > lastScan;
}

function lastIndexOfMarker(bytes: Uint8Array, marker: number): number {
  for (let index = bytes.length - 2; index >= 0; index--) {
    if (bytes[index] === 0xff && bytes[index + 1] === marker) return index;
  }
  return -1;
}

function hasPngEnd(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  let offset = PNG_SIGNATURE.length;
  while (offset + 12 <= bytes.length) {
    const length = view.getUint32(offset);
    const isEnd = view.getUint32(offset + 4) === 0x49454e44; // "IEND"
    offset += 12 + length;
    if (isEnd) return offset <= bytes.length;
  }
  return false;
}

/** Writers put the directory after the pixels as often as before: a missing directory means a missing tail. */
function hasTiffDirectory(bytes: Uint8Array): boolean {
  if (bytes.length < 8) return false;
  const view = viewOf(bytes);
  const littleEndian = bytes[0] === 0x49;
  const isBig = view.getUint16(2, littleEndian) === 43;
  if (isBig) return bytes.length >= 16 && view.getBigUint64(8, littleEndian) < BigInt(bytes.length);
  const offset = view.getUint32(4, littleEndian);
  if (offset + 2 > bytes.length) return false;
  const entries = view.getUint16(offset, littleEndian);
  if (offset + 2 + entries * 12 > bytes.length) return false;
  return tiffValuesFit(view, offset, entries, littleEndian);
}

/** Bytes of each TIFF field type, by its number. */
const TIFF_TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/** Values that do not fit their entry lie elsewhere in the file, the strips of pixels (offsets 273, lengths 279) too: all must be inside it. */
function tiffValuesFit(view: DataView, directory: number, entries: number, littleEndian: boolean): boolean {
  const lastOf: Partial<Record<number, number>> = {};
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12;
    const tag = view.getUint16(at, littleEndian);
    const bytesEach = TIFF_TYPE_BYTES[view.getUint16(at + 2, littleEndian)] ?? 1;
    const total = view.getUint32(at + 4, littleEndian) * bytesEach;
    const start = total <= 4 ? at + 8 : view.getUint32(at + 8, littleEndian);
    if (start + total > view.byteLength) return false;
    if ((tag !== 273 && tag !== 279) || total < bytesEach) continue;
    const last = start + total - bytesEach;
    lastOf[tag] = bytesEach === 2 ? view.getUint16(last, littleEndian) : view.getUint32(last, littleEndian);
  }
  return (lastOf[273] ?? 0) + (lastOf[279] ?? 0) <= view.byteLength;
}
