import { basename } from 'node:path';
import { type BrowserWindow, dialog, shell } from 'electron';
import { listProfileBackups, restoreNewestBackup, setAside } from '../../services/desk/profile-rescue';
import type { ProfileCare } from './profile-care';

interface CareOptions {
  profileFolder: string;
  logFolder: string;
  window: () => BrowserWindow | null;
  relaunch: (profile: string, safeMode: boolean) => void;
}

/** The ways out of trouble as the desktop offers them: dialogs, the system's file manager, a new start. */
export function careFor(options: CareOptions): ProfileCare {
  return {
    hasBackup: () => listProfileBackups(options.profileFolder).length > 0,
    setAside: async () => basename(await setAside(options.profileFolder)),
    restoreBackup: () => restoreNewestBackup(options.profileFolder),
    async chooseProfile() {
      const window = options.window();
      const properties = { properties: ['openDirectory' as const, 'createDirectory' as const] };
      const answer = await (window === null ? dialog.showOpenDialog(properties) : dialog.showOpenDialog(window, properties));
      const folder = answer.filePaths[0];
      if (!answer.canceled && folder !== undefined) options.relaunch(folder, false);
    },
    async showLogs() {
      await shell.openPath(options.logFolder);
    },
  };
}
