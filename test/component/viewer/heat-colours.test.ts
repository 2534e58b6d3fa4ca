import { expect, test } from 'vitest';
import { heatColour, heatPixels, heatPlace, heatStrength, speaksByItself } from '../../../renderer/src/features/viewer/heat-colours';

const SIZE_PX = 64;

function map(values: number[]): { rows: number; columns: number; values: Float32Array } {
  const side = Math.sqrt(values.length);
  return { rows: side, columns: side, values: Float32Array.from(values) };
}

function at(pixels: Uint8ClampedArray, x: number, y: number): number[] {
  return [...pixels.slice((y * SIZE_PX + x) * 4, (y * SIZE_PX + x) * 4 + 4)];
}

test('a value has the same colour on every photograph, whatever else the photograph holds', () => {
  const calm = heatPixels(map([0.9, 0.1, 0.1, 0.1]), false, SIZE_PX);
  const sick = heatPixels(map([0.9, 0.9999, 0.9999, 0.9999]), false, SIZE_PX);
  expect(at(calm, 14, 14)).toEqual(at(sick, 14, 14));
});

test('a retina without signs shows nothing: the map is never stretched to what it holds', () => {
  const pixels = heatPixels(map([0.03, 0.1, 0.14, 0.49]), false, SIZE_PX);
  expect(pixels.filter((_, index) => index % 4 === 3).every((alpha) => alpha === 0)).toBe(true);
});

test('weak places are drawn when they are asked for', () => {
  const pixels = heatPixels(map([0.1, 0.1, 0.1, 0.1]), true, SIZE_PX);
  expect(at(pixels, 32, 32)[3]).toBeGreaterThan(0);
});

test('nothing is drawn outside the retina', () => {
  const pixels = heatPixels(map([0.99, 0.99, 0.99, 0.99]), true, SIZE_PX);
  expect(at(pixels, 0, 0)[3]).toBe(0);
  expect(at(pixels, 32, 32)[3]).toBeGreaterThan(0);
});

test('more evidence is further up the scale and lighter, to its ends', () => {
  const strengths = [0, 0.02, 0.3, 0.5, 0.9, 0.99, 0.9999, 1].map(heatStrength);
  expect(strengths).toEqual([...strengths].sort((a, b) => a - b));
  expect(strengths[0]).toBe(0);
  expect(strengths.at(-1)).toBe(1);
  const luminance = [0, 0.25, 0.5, 0.75, 1].map((strength) => {
    const [red, green, blue] = heatColour(strength);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });
  expect(luminance).toEqual([...luminance].sort((a, b) => a - b));
});

test('a photograph below the threshold, or without a score, shows no map unasked', () => {
  expect(speaksByItself(0.31, 0.31)).toBe(true);
  expect(speaksByItself(0.309, 0.31)).toBe(false);
  expect(speaksByItself(null, 0.31)).toBe(false);
  expect(speaksByItself(0.31, null)).toBe(false);
});

test('the map lies over the square about the retina, also where that reaches over the edge', () => {
  expect(heatPlace({ centreX: 100, centreY: 80, radius: 120 })).toEqual({ x: -20, y: -40, width: 240, height: 240 });
});
