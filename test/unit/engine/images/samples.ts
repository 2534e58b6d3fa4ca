import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** Two-colour picture: left half red-brown, right half blue-green, 96 x 64. Large areas survive every codec. */
export const LEFT_COLOUR = [180, 90, 40] as const;
export const RIGHT_COLOUR = [20, 120, 200] as const;
export const WIDTH = 96;
export const HEIGHT = 64;

export function twoColours(): Uint8Array {
  const data = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let pixel = 0; pixel < WIDTH * HEIGHT; pixel++) data.set(pixel % WIDTH < WIDTH / 2 ? LEFT_COLOUR : RIGHT_COLOUR, pixel * 3);
  return data;
}

export function twoColourImage(): Sharp {
  return sharp(twoColours(), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

function chunk(name: string, body: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(name, 'latin1'), body]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(body.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}

/** A valid black one-bit PNG: 30,000 x 30,000 pixels pack into about a hundred kilobytes. */
export function hugePng(sidePx: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(sidePx, 0);
  header.writeUInt32BE(sidePx, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc(sidePx * (Math.ceil(sidePx / 8) + 1)), { level: 9 });
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

interface BmpOptions {
  bitsPerPixel?: 8 | 16 | 24 | 32;
  topDown?: boolean;
  compression?: number;
}

/** The two-colour picture as BMP; 8 bits: a palette in which 0 is the left colour and 1 the right one. */
export function twoColourBmp({ bitsPerPixel = 24, topDown = false, compression = 0 }: BmpOptions = {}): Uint8Array {
  const step = bitsPerPixel / 8;
  const stride = Math.ceil((WIDTH * step) / 4) * 4;
  const palette = bitsPerPixel === 8 ? 8 : 0;
  const offset = 54 + palette;
  const bytes = Buffer.alloc(offset + stride * HEIGHT);
  bytes.write('BM', 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(offset, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(WIDTH, 18);
  bytes.writeInt32LE(topDown ? -HEIGHT : HEIGHT, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(bitsPerPixel, 28);
  bytes.writeUInt32LE(compression, 30);
  if (palette) bytes.set([...LEFT_COLOUR.toReversed(), 0, ...RIGHT_COLOUR.toReversed(), 0], 54);
  for (let y = 0; y < HEIGHT; y++) {
    // One white pixel in the picture's top left corner shows which way up it came out.
    const row = offset + (topDown ? y : HEIGHT - 1 - y) * stride;
    for (let x = 0; x < WIDTH; x++) {
      const colour = x === 0 && y === 0 ? [255, 255, 255] : x < WIDTH / 2 ? LEFT_COLOUR : RIGHT_COLOUR;
      if (bitsPerPixel === 8) bytes[row + x] = x < WIDTH / 2 ? 0 : 1;
      else bytes.set(colour.toReversed().slice(0, step), row + x * step);
    }
  }
  return bytes;
}
