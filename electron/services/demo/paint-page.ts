import sharp from 'sharp';
import { between, seededRandom } from './random';

/** A photographed form: lines of dark strokes on paper. What lands in a camp's folder by mistake. */
export async function paintPage({ seed, sizePx = 600 }: { seed: number; sizePx?: number }): Promise<Uint8Array> {
  const random = seededRandom(seed * 104729 + 3);
  const width = Math.round((sizePx * 4) / 3);
  const data = new Uint8Array(width * sizePx * 3).fill(236);
  const linePx = Math.round(sizePx / 28);
  for (let top = linePx * 2; top < sizePx - linePx * 2; top += linePx) {
    let x = linePx * 2;
    const end = width - linePx * between(random, 2, 8);
    while (x < end) {
      const strokePx = Math.round(between(random, 0.1, 0.5) * linePx);
      if (random() < 0.8) fill(data, width, x, top + Math.round(linePx * between(random, 0.1, 0.3)), strokePx, Math.round(linePx * 0.4));
      x += strokePx + Math.round(between(random, 0.1, 0.4) * linePx);
    }
  }
  return sharp(data, { raw: { width, height: sizePx, channels: 3 } })
    .jpeg({ quality: 88 })
    .toBuffer();
}

function fill(data: Uint8Array, width: number, left: number, top: number, across: number, down: number): void {
  for (let y = top; y < top + down; y++) data.fill(45, (y * width + left) * 3, (y * width + left + across) * 3);
}
