import type { Rectangle, Size } from './geometry';

export interface Tile {
  /** What is cut out of the picture, its pixels: the tile and a pixel of its neighbours, so that no seam shows between them. */
  source: Rectangle;
  /** The tile alone, as shares of the picture. */
  covers: Rectangle;
  /** The tile alone, as shares of the source. */
  inner: Rectangle;
}

const TILE_PX = 1536;

/** Cuts a picture into pieces that a graphics card takes one by one. @param limitPx the largest texture it knows */
export function tilesOf(picture: Size, limitPx: number): Tile[] {
  const sidePx = Math.min(TILE_PX, limitPx - 2);
  const tiles: Tile[] = [];
  for (let y = 0; y < picture.height; y += sidePx) {
    for (let x = 0; x < picture.width; x += sidePx) {
      const own = { x, y, width: Math.min(sidePx, picture.width - x), height: Math.min(sidePx, picture.height - y) };
      const left = Math.max(0, x - 1);
      const top = Math.max(0, y - 1);
      const source = {
        x: left,
        y: top,
        width: Math.min(picture.width, x + own.width + 1) - left,
        height: Math.min(picture.height, y + own.height + 1) - top,
      };
      tiles.push({
        source,
        covers: { x: x / picture.width, y: y / picture.height, width: own.width / picture.width, height: own.height / picture.height },
        inner: {
          x: (x - left) / source.width,
          y: (y - top) / source.height,
          width: own.width / source.width,
          height: own.height / source.height,
        },
      });
    }
  }
  return tiles;
}
