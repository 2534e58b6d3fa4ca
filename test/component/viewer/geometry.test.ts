import { describe, expect, test } from 'vitest';
import {
  displayToImage,
  fitView,
  imageToDisplay,
  imageToDisplayRectangle,
  keepInSight,
  oneToOneScale,
  panByDisplay,
  scaleLimits,
  uprightSize,
  zoomAbout,
} from '../../../renderer/src/features/viewer/geometry';

const image = { width: 6000, height: 4000 };
const pane = { width: 600, height: 500 };

describe('a photograph in its pane', () => {
  test('fits whole, in the middle', () => {
    const view = fitView(image, pane);
    expect(view).toEqual({ centre: { x: 3000, y: 2000 }, scale: 0.1 });
    expect(imageToDisplayRectangle({ x: 0, y: 0, ...image }, view, pane)).toEqual({ x: 0, y: 50, width: 600, height: 400 });
  });

  test('display and image coordinates lead back to each other', () => {
    const view = { centre: { x: 1234, y: 3210 }, scale: 0.37 };
    const point = { x: 17, y: 480 };
    const back = imageToDisplay(displayToImage(point, view, pane), view, pane);
    expect(back.x).toBeCloseTo(point.x, 9);
    expect(back.y).toBeCloseTo(point.y, 9);
  });

  test('keeps under the pointer what is under it while zooming', () => {
    const view = fitView(image, pane);
    const at = { x: 450, y: 120 };
    const held = displayToImage(at, view, pane);
    const zoomed = zoomAbout(view, at, 0.8, pane, scaleLimits(image, pane, 1));
    const now = imageToDisplay(held, zoomed, pane);
    expect(zoomed.scale).toBe(0.8);
    expect(now.x).toBeCloseTo(at.x, 9);
    expect(now.y).toBeCloseTo(at.y, 9);
  });

  test('is never smaller than whole and never larger than eight screen pixels for one of its own', () => {
    const limits = scaleLimits(image, pane, 2);
    const middle = { x: 300, y: 250 };
    expect(zoomAbout(fitView(image, pane), middle, 0.001, pane, limits).scale).toBe(0.1);
    expect(zoomAbout(fitView(image, pane), middle, 100, pane, limits).scale).toBe(4);
  });

  test('one smaller than its pane may be seen at full size', () => {
    expect(scaleLimits({ width: 300, height: 200 }, pane, 1).min).toBe(oneToOneScale(1));
  });

  test('full size is one screen pixel for one of its own, on a screen of any density', () => {
    expect(oneToOneScale(1)).toBe(1);
    expect(oneToOneScale(2)).toBe(0.5);
  });

  test('follows the hand when dragged', () => {
    const view = { centre: { x: 3000, y: 2000 }, scale: 0.5 };
    const corner = imageToDisplay({ x: 2900, y: 1900 }, view, pane);
    const moved = imageToDisplay({ x: 2900, y: 1900 }, panByDisplay(view, { x: 25, y: -40 }), pane);
    expect({ x: moved.x - corner.x, y: moved.y - corner.y }).toEqual({ x: 25, y: -40 });
  });

  test('cannot be dragged out of sight', () => {
    const far = keepInSight({ centre: { x: -9999, y: 99_999 }, scale: 1 }, image, pane);
    expect(imageToDisplay({ x: 0, y: 0 }, far, pane).x).toBe(0);
    expect(imageToDisplay({ x: 0, y: 4000 }, far, pane).y).toBe(500);
  });

  test('stays in the middle along a side that is shorter than the pane', () => {
    const wide = keepInSight({ centre: { x: 0, y: 0 }, scale: 0.12 }, image, pane);
    expect(wide.centre.y).toBe(2000);
  });

  test('a stored size that forgot how the camera was held is turned as the picture is', () => {
    expect(uprightSize({ width: 4000, height: 6000 }, { width: 1600, height: 1067 })).toEqual(image);
    expect(uprightSize(image, { width: 1600, height: 1067 })).toEqual(image);
  });
});
