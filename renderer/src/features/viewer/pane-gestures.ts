import type { Pane } from './pane.svelte';
import type { Point } from './geometry';

/** A notch of a wheel is 100 to 120. */
const WHEEL_ZOOM = 0.0016;
/** Pinching on a touch pad arrives as a wheel with Ctrl, in small numbers. */
const PINCH_ZOOM = 0.01;

/** Mouse, wheel, touch pad and touch on a pane. */
export class PaneGestures {
  readonly #element: HTMLElement;
  readonly #pane: Pane;
  /** Fingers or the mouse button that are down, pane coordinates. */
  readonly #down = new Map<number, Point>();

  constructor(element: HTMLElement, pane: Pane) {
    this.#element = element;
    this.#pane = pane;
  }

  /** @returns the function that stops listening */
  listen(): () => void {
    const abort = new AbortController();
    const { signal } = abort;
    this.#element.addEventListener('wheel', (event) => this.#wheel(event), { signal, passive: false });
    this.#element.addEventListener('pointerdown', (event) => this.#pressed(event), { signal });
    this.#element.addEventListener('pointermove', (event) => this.#moved(event), { signal });
    for (const name of ['pointerup', 'pointercancel'] as const) {
      this.#element.addEventListener(name, (event) => this.#down.delete(event.pointerId), { signal });
    }
    this.#element.addEventListener('dblclick', (event) => this.#doubleClicked(event), { signal });
    return () => {
      abort.abort();
    };
  }

  #at(event: MouseEvent): Point {
    const place = this.#element.getBoundingClientRect();
    return { x: event.clientX - place.left, y: event.clientY - place.top };
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault();
    // Lines instead of pixels: old mice.
    const distance = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 33 : event.deltaY;
    this.#pane.zoomBy(Math.exp(-distance * (event.ctrlKey ? PINCH_ZOOM : WHEEL_ZOOM)), this.#at(event));
  }

  #pressed(event: PointerEvent): void {
    if (event.button !== 0 || (event.target instanceof Element && event.target.closest('button') !== null)) return;
    this.#element.setPointerCapture(event.pointerId);
    this.#down.set(event.pointerId, this.#at(event));
  }

  #moved(event: PointerEvent): void {
    const before = this.#down.get(event.pointerId);
    if (before === undefined) return;
    const now = this.#at(event);
    this.#down.set(event.pointerId, now);
    const other = [...this.#down].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) {
      this.#pane.panBy({ x: now.x - before.x, y: now.y - before.y });
      return;
    }
    // Two fingers: what is between them stays between them.
    this.#pane.panBy({ x: (now.x - before.x) / 2, y: (now.y - before.y) / 2 });
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    const apart = distance(before, other);
    if (apart > 0) this.#pane.zoomBy(distance(now, other) / apart, middle);
  }

  #doubleClicked(event: MouseEvent): void {
    if (event.target instanceof Element && event.target.closest('button') !== null) return;
    if (this.#pane.fitted) this.#pane.oneToOne(this.#at(event));
    else this.#pane.fit();
  }
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
