import type { ImageDetail } from '../../../../electron/shared/ipc/types';
import {
  fitView,
  keepInSight,
  oneToOneScale,
  panByDisplay,
  type Point,
  type Rectangle,
  scaleLimits,
  type Size,
  uprightSize,
  type View,
  zoomAbout,
} from './geometry';
import { heatPixels, heatPlace, speaksByItself } from './heat-colours';
import { fetchPicture, type PhotographCache } from './photograph-cache';
import type { Scene } from './painter';
import type { ViewerTools } from './tools.svelte';

/** Much finer than the map's own 8 to 12 cells, coarse enough to be made in a few milliseconds. */
const HEAT_PX = 256;
/** A key or a button zooms by this. */
const ZOOM_STEP = 1.25;

export type PaneState = 'empty' | 'loading' | 'ready' | 'failed';

/** One photograph in its pane: what is loaded of it, and how it lies. */
export class Pane {
  readonly #cache: PhotographCache;
  readonly #tools: ViewerTools;
  size = $state.raw<Size>({ width: 0, height: 0 });
  devicePixelRatio = $state(1);
  photograph = $state.raw<ImageDetail | null>(null);
  #base = $state.raw<ImageBitmap | null>(null);
  #full = $state.raw<ImageBitmap | null>(null);
  /** null: the whole photograph, whatever the size of the pane. */
  #view = $state.raw<View | null>(null);
  failed = $state(false);
  loadingFull = $state(false);
  #fullAbort: AbortController | null = null;

  /** Of the upright original, image coordinates. */
  readonly image = $derived.by<Size | null>(() => {
    if (this.#base === null) return null;
    const picture = { width: this.#base.width, height: this.#base.height };
    const { width, height } = this.photograph ?? { width: null, height: null };
    return width === null || height === null ? picture : uprightSize({ width, height }, picture);
  });
  readonly view = $derived.by<View | null>(() => {
    if (this.image === null || this.size.width === 0 || this.size.height === 0) return null;
    return this.#view === null ? fitView(this.image, this.size) : keepInSight(this.#view, this.image, this.size);
  });
  readonly state = $derived.by<PaneState>(() => {
    if (this.photograph === null) return 'empty';
    if (this.#base !== null) return 'ready';
    return this.failed ? 'failed' : 'loading';
  });
  readonly fitted = $derived(this.#view === null);
  /** Screen pixels for one pixel of the original, 1 = 100 %. */
  readonly magnification = $derived(this.view === null ? null : this.view.scale * this.devicePixelRatio);
  /** The screen-sized rendition would be blurred at this zoom. */
  readonly needsFull = $derived.by(() => {
    if (this.#base === null || this.image === null || this.magnification === null) return false;
    return this.#base.width < this.image.width && this.magnification * this.image.width > this.#base.width * 1.05;
  });
  readonly heatSpeaks = $derived.by(() => speaksByItself(this.photograph?.p?.[1] ?? null, this.photograph?.threshold ?? null));
  readonly #heat = $derived.by<{ picture: ImageData; place: Rectangle } | null>(() => {
    const { heatMap, retina } = this.photograph ?? { heatMap: null, retina: null };
    if (heatMap === null || retina === null || (!this.heatSpeaks && !this.#tools.weakSigns)) return null;
    const pixels = heatPixels(heatMap, this.#tools.weakSigns, HEAT_PX);
    return { picture: new ImageData(pixels, HEAT_PX, HEAT_PX), place: heatPlace(retina) };
  });
  readonly scene = $derived.by<Scene | null>(() => {
    if (this.image === null || this.view === null) return null;
    return {
      pane: this.size,
      devicePixelRatio: this.devicePixelRatio,
      image: this.image,
      view: this.view,
      adjustment: this.#tools.adjustment,
      base: this.#base,
      full: this.needsFull ? this.#full : null,
      heat: this.#heat === null || !this.#tools.heatOn ? null : { ...this.#heat, opacity: this.#tools.heatOpacity },
    };
  });

  constructor(cache: PhotographCache, tools: ViewerTools) {
    this.#cache = cache;
    this.#tools = tools;
  }

  /** Shows another photograph, at once where it is decoded already. */
  show(photograph: ImageDetail | null): void {
    if (photograph !== null && photograph.imageId !== null && photograph.imageId === this.photograph?.imageId) {
      this.photograph = photograph;
      return;
    }
    this.#releaseFull();
    this.photograph = photograph;
    this.#view = null;
    this.failed = false;
    const imageId = photograph?.imageId ?? null;
    this.#base = imageId === null ? null : this.#cache.ready(imageId);
    if (imageId !== null) {
      if (this.#base === null) void this.#load(imageId);
      else this.#cache.prefetch(imageId);
    }
  }

  retry(): void {
    const imageId = this.photograph?.imageId ?? null;
    this.failed = false;
    if (imageId !== null) void this.#load(imageId);
  }

  async #load(imageId: string): Promise<void> {
    const abort = new AbortController();
    // The small picture is there in a moment; the large one replaces it.
    const small = fetchPicture(imageId, 'thumbnail', abort.signal).then(
      (bitmap) => {
        if (this.photograph?.imageId === imageId && this.#base === null) this.#base = bitmap;
      },
      () => undefined,
    );
    try {
      const bitmap = await this.#cache.get(imageId);
      abort.abort();
      if (this.photograph?.imageId === imageId) this.#base = bitmap;
    } catch {
      await small;
      if (this.photograph?.imageId === imageId) this.failed = true;
    }
  }

  /** Fetches every pixel of the original; for when `needsFull` says so. */
  async loadFull(): Promise<void> {
    const imageId = this.photograph?.imageId ?? null;
    if (imageId === null || this.#full !== null || this.#fullAbort !== null) return;
    const abort = new AbortController();
    this.#fullAbort = abort;
    this.loadingFull = true;
    try {
      const bitmap = await fetchPicture(imageId, 'full', abort.signal);
      if (abort.signal.aborted) bitmap.close();
      else this.#full = bitmap;
    } catch {
      // The screen-sized one stays: less sharp, and nothing lost.
    } finally {
      if (this.#fullAbort === abort) this.loadingFull = false;
    }
  }

  #releaseFull(): void {
    this.#fullAbort?.abort();
    this.#fullAbort = null;
    this.loadingFull = false;
    this.#full?.close();
    this.#full = null;
  }

  dispose(): void {
    this.#releaseFull();
  }

  fit(): void {
    this.#view = null;
  }

  /** One pixel of the original on one pixel of the screen, about a point of the pane or its middle. */
  oneToOne(at: Point = this.#middle()): void {
    this.#zoomTo(oneToOneScale(this.devicePixelRatio), at);
  }

  zoomBy(factor: number, at: Point = this.#middle()): void {
    if (this.view !== null) this.#zoomTo(this.view.scale * factor, at);
  }

  zoomIn(): void {
    this.zoomBy(ZOOM_STEP);
  }

  zoomOut(): void {
    this.zoomBy(1 / ZOOM_STEP);
  }

  panBy(moved: Point): void {
    if (this.view === null || this.image === null) return;
    this.#view = keepInSight(panByDisplay(this.view, moved), this.image, this.size);
  }

  #zoomTo(scale: number, at: Point): void {
    if (this.view === null || this.image === null) return;
    const limits = scaleLimits(this.image, this.size, this.devicePixelRatio);
    const next = keepInSight(zoomAbout(this.view, at, scale, this.size, limits), this.image, this.size);
    const fitted = fitView(this.image, this.size);
    // At its smallest the photograph follows the pane again.
    this.#view = next.scale <= fitted.scale * 1.001 && fitted.scale <= limits.min * 1.001 ? null : next;
  }

  #middle(): Point {
    return { x: this.size.width / 2, y: this.size.height / 2 };
  }
}
