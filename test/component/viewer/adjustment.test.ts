import { expect, test } from 'vitest';
import { adjustmentTable, adjustPixels, isUnchanged, UNCHANGED } from '../../../renderer/src/features/viewer/adjustment';
import { ViewerTools } from '../../../renderer/src/features/viewer/tools.svelte';

test('without a change every value stays what it is', () => {
  expect([...adjustmentTable(UNCHANGED)]).toEqual(Array.from({ length: 256 }, (_, value) => value));
});

test('brightness is added, contrast turns about the middle grey, and both stop at black and white', () => {
  expect(adjustmentTable({ redFree: false, brightness: 0.5, contrast: 1 })[0]).toBe(128);
  const strong = adjustmentTable({ redFree: false, brightness: 0, contrast: 2 });
  expect([strong[0], strong[64], strong[128], strong[255]]).toEqual([0, 0, 128, 255]);
});

test('red-free is the green light alone, in grey', () => {
  const pixels = Uint8ClampedArray.from([200, 90, 30, 255, 10, 250, 40, 255]);
  adjustPixels(pixels, { redFree: true, brightness: 0, contrast: 1 });
  expect([...pixels]).toEqual([90, 90, 90, 255, 250, 250, 250, 255]);
});

test('a darkening meant for one patient does not meet the next', () => {
  const tools = new ViewerTools();
  tools.toggleRedFree();
  tools.setBrightness(-0.4);
  tools.setContrast(0.5);
  tools.forNextPatient();
  expect(tools.adjustment).toEqual({ redFree: true, brightness: 0, contrast: 1 });
});

test('steps up and down again come back to the untouched photograph', () => {
  const tools = new ViewerTools();
  for (let step = 0; step < 7; step += 1) tools.stepBrightness(1);
  for (let step = 0; step < 7; step += 1) tools.stepBrightness(-1);
  for (let step = 0; step < 30; step += 1) tools.stepContrast(1);
  expect(tools.adjustment.contrast).toBe(3);
  for (let step = 0; step < 20; step += 1) tools.stepContrast(-1);
  expect(isUnchanged(tools.adjustment)).toBe(true);
});
