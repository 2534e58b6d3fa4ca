import { BrowserWindow, ipcMain } from 'electron';
import type { Channel, EventName, Events, Handlers } from '../../shared/ipc/contract';
import { EVENT_CHANNEL, INVOKE_CHANNEL } from '../../shared/ipc/wire';
import type { Log } from '../log';
import { answer } from './answer';

/** What a handler knows of who asked. */
export interface AskedBy {
  window: BrowserWindow | null;
}

/** Answers every question of the contract on its one channel. */
export function registerHandlers(handlers: Handlers<AskedBy>, permit: (channel: Channel) => void, log: Log): void {
  ipcMain.handle(INVOKE_CHANNEL, (event, channel: unknown, input: unknown) =>
    answer(
      handlers,
      permit,
      { frame: event.senderFrame, channel, input, context: { window: BrowserWindow.fromWebContents(event.sender) } },
      (name, thrown) => {
        log.error(`ipc.${name}`, thrown);
      },
    ),
  );
}

/** Tells every window. */
export function push<E extends EventName>(event: E, payload: Events[E]): void {
  for (const window of BrowserWindow.getAllWindows()) {
    if (!window.isDestroyed() && !window.webContents.isDestroyed() && !window.webContents.isCrashed()) {
      window.webContents.send(EVENT_CHANNEL, event, payload);
    }
  }
}
