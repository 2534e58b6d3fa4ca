import sharp from 'sharp';

/** Screening refuses more than this long before; here it only guards against a surprise. */
const MAX_PIXELS = 200_000_000;

export interface CleanPicture {
  bytes: Uint8Array;
  extension: 'jpg' | 'png' | 'bmp';
}

/**
 * A photograph that leaves the machine: the same pixels, upright, and nothing else that the file said (names, times, serial numbers, positions, a thumbnail with
 * the patient's name burnt in). An upright JPEG keeps its compressed pixels as they are; any other format becomes a PNG.
 *
 * @throws Error of sharp for what cannot be decoded
 */
export async function withoutMetadata(bytes: Uint8Array): Promise<CleanPicture> {
  if (isBmp(bytes)) return { bytes, extension: 'bmp' };
  const { format, orientation = 1 } = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).metadata();
  if (format === 'jpeg') {
    if (orientation === 1) return { bytes: jpegWithoutSegments(bytes), extension: 'jpg' };
    const turned = await sharp(bytes, { limitInputPixels: MAX_PIXELS })
      .rotate()
      .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
      .toBuffer();
    return { bytes: Uint8Array.from(turned), extension: 'jpg' };
  }
  const made = await sharp(bytes, { limitInputPixels: MAX_PIXELS }).rotate().png({ compressionLevel: 6 }).toBuffer();
  return { bytes: Uint8Array.from(made), extension: 'png' };
}

/** A bitmap has no place for words. */
function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d;
}

/**
 * Leaves out APP1 to APP15 and comments, but keeps APP2 (the colour profile) and APP14 (Adobe's colour transform), without which the colours would change.
 * Segments after the first scan are pixels.
 */
function jpegWithoutSegments(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [bytes.subarray(0, 2)];
  let place = 2;
  while (place + 4 <= bytes.length && bytes[place] === 0xff) {
    const marker = bytes[place + 1] ?? 0;
    if (marker === 0xff) {
      place += 1;
      continue;
    }
    if (marker === 0xda) break;
    const end = place + 2 + view.getUint16(place + 2);
    const isColour =
      (marker === 0xe2 && startsWith(bytes, place + 4, 'ICC_PROFILE')) || (marker === 0xee && startsWith(bytes, place + 4, 'Adobe'));
    const dropped = (marker >= 0xe1 && marker <= 0xef && !isColour) || marker === 0xfe;
    if (!dropped) kept.push(bytes.subarray(place, end));
    place = end;
  }
  // What follows the end of the image (a second picture, a maker's data) is left out as well.
  kept.push(bytes.subarray(place, endOfImage(bytes, place)));
  const result = new Uint8Array(kept.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of kept) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** Just behind the first end marker of the scans, or the end of the bytes where there is none. */
function endOfImage(bytes: Uint8Array, from: number): number {
  for (let place = from; place + 1 < bytes.length; place++) {
    if (bytes[place] === 0xff && bytes[place + 1] === 0xd9) return place + 2;
  }
  return bytes.length;
}

function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  return [...text].every((character, index) => bytes[at + index] === character.charCodeAt(0));
}
