import { untrack } from 'svelte';
import type { Attachment } from 'svelte/attachments';
import { CanvasPainter } from './canvas-painter';
import type { Painter } from './painter';
import type { Pane } from './pane.svelte';
import { WebGlPainter } from './webgl-painter';

interface Drawn {
  pane: () => Pane;
  /** Draws without WebGL. */
  safeMode: () => boolean;
  /** Told each time a photograph has been drawn. */
  onpainted?: () => void;
}

/** Keeps the photograph of a pane drawn on a canvas, and draws it anew when the graphics card comes back. */
export function drawnPane({ pane, safeMode, onpainted }: Drawn): Attachment<HTMLCanvasElement> {
  return (canvas) => {
    let painter: Painter | null = (safeMode() ? null : WebGlPainter.on(canvas)) ?? CanvasPainter.on(canvas);
    let frame = 0;
    function paint(): void {
      frame = 0;
      const { scene } = pane();
      if (scene === null || painter === null) return;
      if (painter.paint(scene)) schedule();
      if (scene.base !== null && onpainted !== undefined) untrack(onpainted);
    }
    function schedule(): void {
      if (frame === 0) frame = requestAnimationFrame(paint);
    }
    $effect(() => {
      if (pane().scene !== null) schedule();
    });
    const lost = (event: Event): void => {
      // The card was taken away: ask for it back, and draw again when it comes.
      event.preventDefault();
      painter = null;
    };
    const restored = (): void => {
      painter = WebGlPainter.on(canvas);
      schedule();
    };
    canvas.addEventListener('webglcontextlost', lost);
    canvas.addEventListener('webglcontextrestored', restored);
    return () => {
      cancelAnimationFrame(frame);
      canvas.removeEventListener('webglcontextlost', lost);
      canvas.removeEventListener('webglcontextrestored', restored);
      painter?.dispose();
    };
  };
}
