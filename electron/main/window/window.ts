import { BrowserWindow, screen, type Session } from 'electron';
import { APP_ORIGIN } from '../../shared/ipc/images';
import type { Log } from '../log';
import { securePreferences } from '../security/web-preferences';
import { placeWindow, readWindowState, writeWindowState } from './window-state';

export interface WindowOptions {
  /** Where the window's place is kept. */
  stateFile: string;
  preload: string;
  session: Session;
  /** Which colour the window has before its page has drawn. */
  dark: boolean;
  log: Log;
  /** False keeps the window open: work is under way and the person chose to go on. */
  mayClose: () => boolean;
  onCrash: (reason: string) => void;
}

/** Smaller than this nothing fits side by side; 200 % zoom on 1366 x 768 is 683 x 384. */
const MIN_WIDTH = 640;
const MIN_HEIGHT = 360;

export function openWindow(options: WindowOptions): BrowserWindow {
  const place = placeWindow(
    readWindowState(options.stateFile),
    screen.getAllDisplays().map((display) => display.workArea),
  );
  const window = new BrowserWindow({
    ...place.bounds,
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    title: 'Netra',
    show: false,
    // What is seen before the page has drawn: no white flash in a dark room.
    backgroundColor: options.dark ? '#111418' : '#f7f8fa',
    webPreferences: { ...securePreferences(options.preload, ''), session: options.session },
  });
  if (place.maximized) window.maximize();
  window.once('ready-to-show', () => {
    window.show();
  });
  keepPlace(window, options.stateFile);
  window.on('close', (event) => {
    if (!options.mayClose()) event.preventDefault();
  });
  window.webContents.on('render-process-gone', (_event, details) => {
    options.log.event('window.gone', { reason: details.reason, exitCode: details.exitCode });
    if (details.reason !== 'clean-exit') options.onCrash(details.reason);
  });
  window.on('unresponsive', () => {
    options.log.event('window.unresponsive');
  });
  void window.loadURL(`${APP_ORIGIN}/index.html`).catch((thrown: unknown) => {
    options.log.error('window.load', thrown);
  });
  return window;
}

/** Written a moment after the last move, and at the end. */
function keepPlace(window: BrowserWindow, file: string): void {
  let timer: NodeJS.Timeout | null = null;
  function keep(): void {
    if (window.isDestroyed() || window.isMinimized()) return;
    const maximized = window.isMaximized();
    const bounds = maximized || window.isFullScreen() ? window.getNormalBounds() : window.getBounds();
    writeWindowState(file, { bounds, maximized });
  }
  function later(): void {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(keep, 500);
  }
  window.on('resize', later);
  window.on('move', later);
  window.on('close', () => {
    if (timer !== null) clearTimeout(timer);
    keep();
  });
}
