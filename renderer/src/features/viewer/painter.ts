import type { Adjustment } from './adjustment';
import type { Rectangle, Size, View } from './geometry';

/** All that is needed to draw one pane once. */
export interface Scene {
  /** CSS pixels. */
  pane: Size;
  devicePixelRatio: number;
  /** Of the upright original, image coordinates. */
  image: Size;
  view: View;
  adjustment: Adjustment;
  /** The best rendition of the whole photograph that is there; null while nothing is. */
  base: ImageBitmap | null;
  /** Every pixel of the original; only while the base would be blurred at this zoom. */
  full: ImageBitmap | null;
  heat: { picture: ImageData; place: Rectangle; opacity: number } | null;
}

/** Draws a pane: by the graphics card, or by the processor where there is none. */
export interface Painter {
  /** @returns true when another frame has to follow (a large photograph is handed over piece by piece) */
  paint(scene: Scene): boolean;
  dispose(): void;
}
