import type { BrowserWindow } from 'electron';
import { dialog } from 'electron';
import { m } from '../../shared/messages/messages';
import type { FileKind, Locale } from '../../shared/ipc/types';

/** @returns the folder's path, or null when none was chosen */
export async function askForFolder(window: BrowserWindow | null, locale: Locale): Promise<string | null> {
  const options = { title: m.dialog_choose_folder({}, { locale }), properties: ['openDirectory' as const] };
  const answer = await (window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(window, options));
  return answer.canceled ? null : (answer.filePaths[0] ?? null);
}

/** What a chosen file must be, and the endings that the dialog offers for it. */
const FILE_KINDS: Readonly<Record<FileKind, { title: (inputs: object, options: { locale: Locale }) => string; endings: string[] }>> = {
  'referral-list': { title: m.dialog_choose_referral_list, endings: ['csv'] },
  'label-list': { title: m.dialog_choose_list, endings: ['csv'] },
  recipe: { title: m.dialog_choose_recipe, endings: ['json'] },
  package: { title: m.dialog_choose_package, endings: ['age'] },
};

/** @returns the file's path, or null when none was chosen */
export async function askForFile(window: BrowserWindow | null, kind: FileKind, locale: Locale): Promise<string | null> {
  const { title, endings } = FILE_KINDS[kind];
  const options = {
    title: title({}, { locale }),
    properties: ['openFile' as const],
    filters: [{ name: endings.join(', '), extensions: endings }],
  };
  const answer = await (window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(window, options));
  return answer.canceled ? null : (answer.filePaths[0] ?? null);
}

/** @returns where to write, or null when nothing was chosen */
export async function askWhereToSave(window: BrowserWindow | null, name: string, locale: Locale): Promise<string | null> {
  const options = { title: m.dialog_save_file({}, { locale }), defaultPath: name };
  const answer = await (window === null ? dialog.showSaveDialog(options) : dialog.showSaveDialog(window, options));
  return answer.canceled || answer.filePath === '' ? null : answer.filePath;
}

/** Photographs of one patient. @returns their paths, or null when none was chosen */
export async function askForPhotographs(window: BrowserWindow | null, locale: Locale): Promise<string[] | null> {
  const options = {
    title: m.dialog_choose_photographs({}, { locale }),
    properties: ['openFile' as const, 'multiSelections' as const],
    filters: [{ name: m.dialog_photographs({}, { locale }), extensions: ['jpg', 'jpeg', 'jfif', 'png', 'tif', 'tiff', 'bmp'] }],
  };
  const answer = await (window === null ? dialog.showOpenDialog(options) : dialog.showOpenDialog(window, options));
  return answer.canceled || answer.filePaths.length === 0 ? null : answer.filePaths;
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
