import type { App } from 'electron';

/**
 * Items 14 and 15: a page opens no window and hands no address to the system's browser (`shell.openExternal` is called nowhere).
 * https://www.electronjs.org/docs/latest/tutorial/security#14-disable-or-limit-creation-of-new-windows
 */
export function refuseNewWindows(app: App): void {
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  });
}
