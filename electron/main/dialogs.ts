import type { BrowserWindow } from 'electron';
import { dialog } from 'electron';
import { m } from '../shared/messages/messages';
import type { Locale } from '../shared/ipc/types';

/** @returns the folder's path, or null when none was chosen */
export async function askForFolder(window: BrowserWindow | null, locale: Locale): Promise<string | null> {
  const options = { title: m.dialog_choose_folder({}, { locale }), properties: ['openDirectory' as const] };
  const answer = await (window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(window, options));
  return answer.canceled ? null : (answer.filePaths[0] ?? null);
}

/** @returns true to stop the work and quit */
export async function askToStop(window: BrowserWindow | null, locale: Locale): Promise<boolean> {
  const options = {
    type: 'question' as const,
    message: m.dialog_quit_title({}, { locale }),
    detail: m.dialog_quit_detail({}, { locale }),
    buttons: [m.dialog_stop_and_quit({}, { locale }), m.dialog_go_on({}, { locale })],
    defaultId: 1,
    cancelId: 1,
    noLink: true,
  };
  const answer = await (window === null ? dialog.showMessageBox(options) : dialog.showMessageBox(window, options));
  return answer.response === 0;
}
