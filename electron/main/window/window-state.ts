import { readFileSync } from 'node:fs';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';

const STATE = z.strictObject({
  version: z.literal(1),
  bounds: z.strictObject({ x: z.number().int(), y: z.number().int(), width: z.number().int().min(200), height: z.number().int().min(200) }),
  maximized: z.boolean(),
});
export type WindowState = z.output<typeof STATE>;
export type Bounds = WindowState['bounds'];

/** A small clinic laptop: 1366 x 768 less its panels. */
const FIRST_WIDTH = 1280;
const FIRST_HEIGHT = 720;

/** What was kept, or null when there is nothing, or nothing that makes sense. */
export function readWindowState(file: string): WindowState | null {
  try {
    return STATE.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}

/** Keeps the window's place; a place that cannot be kept is not worth a word. */
export function writeWindowState(file: string, state: Omit<WindowState, 'version'>): void {
  try {
    writeFileAtomic.sync(file, JSON.stringify({ version: 1, ...state }));
  } catch {
    // A read-only profile: the window opens in its first place next time.
  }
}

/**
 * Where the window goes.
 * @param areas the screens' areas less panels; a screen may be gone since the place was kept
 */
export function placeWindow(kept: WindowState | null, areas: readonly Bounds[]): { bounds: Bounds; maximized: boolean } {
  const main = areas[0] ?? { x: 0, y: 0, width: FIRST_WIDTH, height: FIRST_HEIGHT };
  if (kept !== null && areas.some((area) => overlap(area, kept.bounds) >= 0.25)) return { bounds: kept.bounds, maximized: kept.maximized };
  const width = Math.min(FIRST_WIDTH, main.width);
  const height = Math.min(FIRST_HEIGHT, main.height);
  const bounds = { x: Math.round(main.x + (main.width - width) / 2), y: Math.round(main.y + (main.height - height) / 2), width, height };
  return { bounds, maximized: kept?.maximized ?? main.width <= 1366 };
}

/** The share of the window that lies on the screen, 0..1. */
function overlap(area: Bounds, window: Bounds): number {
  const width = Math.min(area.x + area.width, window.x + window.width) - Math.max(area.x, window.x);
  const height = Math.min(area.y + area.height, window.y + window.height) - Math.max(area.y, window.y);
  return (Math.max(0, width) * Math.max(0, height)) / (window.width * window.height);
}
