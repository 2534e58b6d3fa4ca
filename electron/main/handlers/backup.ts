import { backupStatus } from '../../services/backup/backup-status';
import { makeBackup } from '../../services/backup/make-backup';
import { findSnapshots, restoreBackup } from '../../services/backup/restore-backup';
import { WorkerPool } from '../../services/worker-pool';
import { AppError } from '../../shared/errors';
import type { BackupOutputs } from '../../shared/ipc/backup';
import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import { basename } from 'node:path';

/** What handlers need of the program's own places. */
export interface Places {
  resourcesFolder: string;
  workerEntry: string;
  profileFolder: string;
}

interface FolderDialog {
  folder: (askedBy: AskedBy) => Promise<string | null>;
}

/** Backup to a stick, and restoring one where there is no profile yet. Both are tasks: seen, cancelled, never in the way. */
export function backupHandlers(desktop: Desktop, dialogs: FolderDialog, places: Places): Handlers<AskedBy, keyof BackupOutputs> {
  return {
    backupStatus: async () => backupStatus(desktop.actor(), (await desktop.desk()).workspace.profile),
    startBackup: async ({ folder }) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      if (desktop.tasks.running('backup').length > 0) throw new AppError('not-permitted');
      const task = desktop.tasks.start({
        kind: 'backup',
        subject: basename(folder),
        work: async (context) => {
          await makeBackup(actor, workspace, folder, {
            signal: context.signal,
            progress: (done, total) => {
              context.steps({ done, total, secondsLeft: null });
            },
          });
        },
      });
      return { taskId: task.id };
    },

    // Before anybody can be signed in: there is no profile yet. Where there is one, restoring refuses.
    chooseBackup: async (_input, askedBy) => {
      mustBeNew(desktop);
      const folder = await dialogs.folder(askedBy);
      return folder === null ? null : { snapshots: await findSnapshots(folder) };
    },
    startRestore: ({ snapshot, secret }) => {
      mustBeNew(desktop);
      if (desktop.tasks.running('restore').length > 0) throw new AppError('not-permitted');
      const task = desktop.tasks.start({
        kind: 'restore',
        subject: basename(snapshot),
        work: async (context) => {
          const pool = new WorkerPool(places.workerEntry);
          try {
            await restoreBackup(
              pool,
              { snapshot, secret, profileFolder: places.profileFolder },
              {
                signal: context.signal,
                progress: (done, total) => {
                  context.steps({ done, total, secondsLeft: null });
                },
              },
            );
          } finally {
            await pool.close();
          }
          await desktop.profile.open();
        },
      });
      return { taskId: task.id };
    },
    cancelRestore: () => {
      for (const task of desktop.tasks.running('restore')) desktop.tasks.cancel(task.id);
      return null;
    },
  };
}

/** @throws AppError profile-exists */
function mustBeNew(desktop: Desktop): void {
  if (desktop.status().profile.state !== 'new') throw new AppError('profile-exists');
}
