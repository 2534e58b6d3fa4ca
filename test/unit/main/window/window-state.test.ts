import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { placeWindow, readWindowState, type WindowState, writeWindowState } from '../../../../electron/main/window/window-state';

const LAPTOP = { x: 0, y: 0, width: 1366, height: 768 };
const DESK_SCREEN = { x: 1366, y: 0, width: 1920, height: 1080 };
const KEPT: WindowState = { version: 1, bounds: { x: 1500, y: 100, width: 1000, height: 700 }, maximized: false };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'netra-window-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the window', () => {
  it('opens where it was closed', () => {
    const file = join(folder, 'window.json');
    writeWindowState(file, KEPT);
    expect(placeWindow(readWindowState(file), [LAPTOP, DESK_SCREEN])).toEqual({ bounds: KEPT.bounds, maximized: false });
  });

  it('opens on the first screen when the one it was on is gone', () => {
    expect(placeWindow(KEPT, [LAPTOP]).bounds).toMatchObject({ x: 43, y: 24, width: 1280, height: 720 });
  });

  it('fills a clinic laptop the first time', () => {
    expect(placeWindow(null, [LAPTOP]).maximized).toBe(true);
    expect(placeWindow(null, [DESK_SCREEN]).maximized).toBe(false);
  });

  it.each(['', '{}', 'not json', '{"version":2}', '{"version":1,"bounds":{"x":0,"y":0,"width":1,"height":1},"maximized":false}'])(
    'ignores a file with %j in it',
    (text) => {
      const file = join(folder, 'window.json');
      writeFileSync(file, text);
      expect(readWindowState(file)).toBeNull();
    },
  );

  it('does not mind a profile that cannot be written', () => {
    expect(() => {
      writeWindowState(join(folder, 'no', 'such', 'folder'), KEPT);
    }).not.toThrow();
  });
});
