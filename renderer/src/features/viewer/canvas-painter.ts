import { adjustPixels, isUnchanged } from './adjustment';
import { imageToDisplayRectangle, type Rectangle } from './geometry';
import type { Painter, Scene } from './painter';

/** Draws with the processor: safe mode, old machines. The same picture as WebGlPainter, a little slower. */
export class CanvasPainter implements Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #heat: { of: ImageData; canvas: OffscreenCanvas } | null = null;

  /** @returns null when the canvas has been used in another way */
  static on(canvas: HTMLCanvasElement): CanvasPainter | null {
    // Pixels are read back to change their colours: kept in ordinary memory.
    const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    return context === null ? null : new CanvasPainter(canvas, context);
  }

  private constructor(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D) {
    this.#canvas = canvas;
    this.#context = context;
  }

  paint(scene: Scene): boolean {
    const { pane, devicePixelRatio, image, view, base, full, heat, adjustment } = scene;
    const context = this.#context;
    const width = Math.round(pane.width * devicePixelRatio);
    const height = Math.round(pane.height * devicePixelRatio);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = '#000';
    context.fillRect(0, 0, width, height);
    const picture = full ?? base;
    if (picture === null) return false;

    const at = scaled(imageToDisplayRectangle({ x: 0, y: 0, ...image }, view, pane), devicePixelRatio);
    context.imageSmoothingEnabled = at.width < picture.width * 2;
    context.imageSmoothingQuality = 'medium';
    context.drawImage(picture, at.x, at.y, at.width, at.height);
    if (!isUnchanged(adjustment)) this.#adjust(at, scene);
    if (heat !== null && heat.opacity > 0) {
      const place = scaled(imageToDisplayRectangle(heat.place, view, pane), devicePixelRatio);
      context.save();
      context.beginPath();
      context.rect(at.x, at.y, at.width, at.height);
      context.clip();
      context.globalAlpha = heat.opacity;
      context.imageSmoothingEnabled = true;
      context.drawImage(this.#heatCanvas(heat.picture), place.x, place.y, place.width, place.height);
      context.restore();
    }
    return false;
  }

  dispose(): void {
    this.#heat = null;
  }

  /** Only what is in sight. */
  #adjust(at: Rectangle, { adjustment }: Scene): void {
    const left = Math.max(0, Math.floor(at.x));
    const top = Math.max(0, Math.floor(at.y));
    const right = Math.min(this.#canvas.width, Math.ceil(at.x + at.width));
    const bottom = Math.min(this.#canvas.height, Math.ceil(at.y + at.height));
    if (right <= left || bottom <= top) return;
    const seen = this.#context.getImageData(left, top, right - left, bottom - top);
    adjustPixels(seen.data, adjustment);
    this.#context.putImageData(seen, left, top);
  }

  #heatCanvas(picture: ImageData): OffscreenCanvas {
    if (this.#heat?.of === picture) return this.#heat.canvas;
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    canvas.getContext('2d')?.putImageData(picture, 0, 0);
    this.#heat = { of: picture, canvas };
    return canvas;
  }
}

function scaled({ x, y, width, height }: Rectangle, by: number): Rectangle {
  return { x: x * by, y: y * by, width: width * by, height: height * by };
}
