/** Segments that pixels need: quantisation, Huffman and arithmetic tables, frames, restart interval; APP2 is the colour profile, APP14 says how the colours are coded. */
const NEEDED_APPS = [0xe0, 0xe2, 0xee];
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/**
 * A JPEG without EXIF, thumbnails, maker's notes and comments, its pixels untouched byte for byte.
 *
 * @returns null where leaving EXIF out would turn the picture (an orientation is set) or the file is not laid out as a JPEG should be
 */
export function withoutMetadata(file: Uint8Array): Uint8Array | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
  const kept: Uint8Array[] = [file.subarray(0, 2)];
  let at = 2;
  while (at + 2 <= file.byteLength) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === END_OF_IMAGE) {
      // What stands behind the end (a second picture, the maker's data) is left out too.
      kept.push(file.subarray(at, at + 2));
      return joined(kept);
    }
    if (at + 4 > file.byteLength) return null;
    let end = at + 2 + view.getUint16(at + 2);
    if (marker === START_OF_SCAN) end = endOfScan(file, end);
    if (end > file.byteLength) return null;
    const segment = file.subarray(at, end);
    if (marker === 0xe1 && isTurned(segment)) return null;
    const isApp = marker >= 0xe0 && marker <= 0xef;
    const isComment = marker === 0xfe;
    if (!isComment && (!isApp || NEEDED_APPS.includes(marker))) kept.push(segment);
    at = end;
  }
  return null;
}

/** Coded pixels end at the first marker that is neither a stuffed 0xff nor a restart. */
function endOfScan(file: Uint8Array, from: number): number {
  for (let at = from; at + 1 < file.byteLength; at++) {
    const next = file[at + 1] ?? 0;
    if (file[at] === 0xff && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
  }
  return file.byteLength + 1;
}

/** Whether an EXIF segment names an orientation other than upright, or cannot be understood. */
function isTurned(segment: Uint8Array): boolean {
  // Marker, length, "Exif\0\0", then TIFF.
  if (Buffer.from(segment.subarray(4, 10)).toString('latin1') !== 'Exif\0\0') return false;
  const tiff = new DataView(segment.buffer, segment.byteOffset + 10, segment.byteLength - 10);
  try {
    const little = tiff.getUint16(0) === 0x4949;
    const first = tiff.getUint32(4, little);
    const entries = tiff.getUint16(first, little);
    for (let index = 0; index < entries; index++) {
      const entry = first + 2 + index * 12;
      if (tiff.getUint16(entry, little) === 0x0112) return tiff.getUint16(entry + 8, little) !== 1;
    }
    return false;
  } catch {
    return true;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}
