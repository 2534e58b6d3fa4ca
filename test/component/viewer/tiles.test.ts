import { expect, test } from 'vitest';
import { tilesOf } from '../../../renderer/src/features/viewer/tiles';

test('the tiles of a photograph cover each of its pixels once, whatever the card can take', () => {
  for (const [width, height, limit] of [
    [6000, 4000, 16_384],
    [6001, 3999, 1024],
    [10, 10, 4096],
  ] as const) {
    const area = tilesOf({ width, height }, limit).reduce((sum, { covers }) => sum + covers.width * width * covers.height * height, 0);
    expect(area).toBeCloseTo(width * height, 3);
  }
});

test('a tile carries a pixel of its neighbours, none over the edge, and is no larger than the card can take', () => {
  const picture = { width: 6000, height: 4000 };
  for (const { source, covers, inner } of tilesOf(picture, 1024)) {
    expect(source.width).toBeLessThanOrEqual(1024);
    expect(source.height).toBeLessThanOrEqual(1024);
    expect(source.x).toBeGreaterThanOrEqual(0);
    expect(source.x + source.width).toBeLessThanOrEqual(picture.width);
    expect(source.y + source.height).toBeLessThanOrEqual(picture.height);
    // What is drawn of the source is the tile itself.
    expect(source.x + inner.x * source.width).toBeCloseTo(covers.x * picture.width, 6);
    expect(inner.width * source.width).toBeCloseTo(covers.width * picture.width, 6);
  }
});
