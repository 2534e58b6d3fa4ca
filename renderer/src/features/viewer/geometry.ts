/**
 * Where a photograph lies on the screen. Two coordinate systems, never mixed: *image* coordinates are pixels of the upright original, *display*
 * coordinates are CSS pixels from the top left corner of the pane. Every function that goes from one to the other says so in its name.
 */

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

export interface Rectangle extends Point, Size {}

export interface View {
  /** The image point in the middle of the pane. */
  centre: Point;
  /** CSS pixels for one image pixel. */
  scale: number;
}

export interface ScaleLimits {
  min: number;
  max: number;
}

/** Screen pixels for one image pixel at the most: larger shows nothing new. */
const MAX_DEVICE_PIXELS = 8;

/** The whole photograph, as large as the pane allows. */
export function fitView(image: Size, pane: Size): View {
  return { centre: middleOf(image), scale: fitScale(image, pane) };
}

function fitScale(image: Size, pane: Size): number {
  return Math.min(pane.width / image.width, pane.height / image.height);
}

/** One image pixel on one pixel of the screen. */
export function oneToOneScale(devicePixelRatio: number): number {
  return 1 / devicePixelRatio;
}

/** Never smaller than the whole photograph (or 1:1 for one smaller than the pane). */
export function scaleLimits(image: Size, pane: Size, devicePixelRatio: number): ScaleLimits {
  return { min: Math.min(fitScale(image, pane), oneToOneScale(devicePixelRatio)), max: MAX_DEVICE_PIXELS / devicePixelRatio };
}

export function imageToDisplay(point: Point, view: View, pane: Size): Point {
  return {
    x: (point.x - view.centre.x) * view.scale + pane.width / 2,
    y: (point.y - view.centre.y) * view.scale + pane.height / 2,
  };
}

export function displayToImage(point: Point, view: View, pane: Size): Point {
  return {
    x: (point.x - pane.width / 2) / view.scale + view.centre.x,
    y: (point.y - pane.height / 2) / view.scale + view.centre.y,
  };
}

export function imageToDisplayRectangle(rectangle: Rectangle, view: View, pane: Size): Rectangle {
  const corner = imageToDisplay(rectangle, view, pane);
  return { ...corner, width: rectangle.width * view.scale, height: rectangle.height * view.scale };
}

/** Zooms so that what lies under a point of the pane stays under it. */
export function zoomAbout(view: View, at: Point, scale: number, pane: Size, limits: ScaleLimits): View {
  const held = displayToImage(at, view, pane);
  const next = Math.min(Math.max(scale, limits.min), limits.max);
  return {
    scale: next,
    centre: { x: held.x - (at.x - pane.width / 2) / next, y: held.y - (at.y - pane.height / 2) / next },
  };
}

/** Moves the photograph by a distance on the screen, as if dragged. */
export function panByDisplay(view: View, moved: Point): View {
  return { scale: view.scale, centre: { x: view.centre.x - moved.x / view.scale, y: view.centre.y - moved.y / view.scale } };
}

/** Lets no photograph be dragged out of sight: one that is larger than the pane fills it, a smaller one stays in the middle. */
export function keepInSight(view: View, image: Size, pane: Size): View {
  return {
    scale: view.scale,
    centre: {
      x: keepAxis(view.centre.x, image.width, pane.width / view.scale),
      y: keepAxis(view.centre.y, image.height, pane.height / view.scale),
    },
  };
}

/** @param shown how much of the axis fits into the pane, image pixels */
function keepAxis(centre: number, length: number, shown: number): number {
  if (shown >= length) return length / 2;
  return Math.min(Math.max(centre, shown / 2), length - shown / 2);
}

export function middleOf({ width, height }: Size): Point {
  return { x: width / 2, y: height / 2 };
}

/** A stored size that forgot how the camera was held is turned as the picture itself is. */
export function uprightSize(stored: Size, picture: Size): Size {
  const turned = stored.width > stored.height !== picture.width > picture.height && picture.width !== picture.height;
  return turned ? { width: stored.height, height: stored.width } : stored;
}
