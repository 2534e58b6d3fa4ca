/** Steps of the coefficients in zigzag order up to here describe what is larger than a third of a block: lesions, not noise. */
const COARSE_COEFFICIENTS = 10;
/** Start of frame: all kinds of JPEG; not DHT (c4), JPG (c8), DAC (cc). */
const FRAME_MARKERS = [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf];

/**
 * How coarsely the brightness of a JPEG was rounded: mean quantisation step of its coarse coefficients, grey levels of 0..255
 * (1 at quality 100, 6 at 75, 14 at 50, 35 at 20 of libjpeg). A file saved anew names its last step only.
 * @returns null where no table is found before the picture begins
 */
export function roundingStepOf(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<number, number>();
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff;) {
    const marker = bytes[at + 1] as number;
    // Filling bytes before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    const end = at + 2 + view.getUint16(at + 2);
    if (end > bytes.length || marker === 0xda) return null;
    if (marker === 0xdb) readTables(view, at + 4, end, tables);
    // The first component is the brightness; byte 8 of the frame's body names its table.
    if (FRAME_MARKERS.includes(marker)) return tables.get(bytes[at + 12] ?? 0) ?? null;
    at = end;
  }
  return null;
}

/** Tables of 64 steps of one or two bytes, in zigzag order. */
function readTables(view: DataView, from: number, end: number, tables: Map<number, number>): void {
  for (let at = from; at < end;) {
    const head = view.getUint8(at++);
    const width = head >> 4 === 0 ? 1 : 2;
    if (at + 64 * width > end) return;
    let sum = 0;
    // From 1 on: the first is the block's mean, which is always kept.
    for (let index = 1; index <= COARSE_COEFFICIENTS; index++) {
      sum += width === 1 ? view.getUint8(at + index) : view.getUint16(at + 2 * index);
    }
    tables.set(head & 15, sum / COARSE_COEFFICIENTS);
    at += 64 * width;
  }
}
