import { basename } from 'node:path';
import { receivePackage } from '../../services/packages/receive';
import { listPackages, sendAnswers, sendPackage } from '../../services/packages/send';
import { acceptSender } from '../../services/packages/site-key';
import { paced } from '../../services/pace';
import { siteDay } from '../../shared/clinical/days';
import type { Handlers } from '../../shared/ipc/contract';
import type { PackageOutputs, PackageResult } from '../../shared/ipc/packages';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import type { TaskContext } from '../tasks/registry';
import type { SaveDialog } from './accounts';
import type { Dialogs } from './screening';

/** Packages that are read elsewhere. */
export function packageHandlers(desktop: Desktop, dialogs: Dialogs & SaveDialog): Handlers<AskedBy, keyof PackageOutputs> {
  const results = new Map<string, PackageResult>();

  function start(file: string, work: (context: TaskContext) => Promise<PackageResult>): { taskId: string } {
    const task = desktop.tasks.start({
      kind: 'package',
      subject: basename(file),
      work: async (context) => {
        const result = await work(context);
        results.set(task.id, result);
      },
    });
    return { taskId: task.id };
  }

  return {
    listPackages: async () => {
      const actor = desktop.actor();
      const { profile } = (await desktop.desk()).workspace;
      return listPackages(actor, profile, siteDay(Date.now(), profile.site.timeZone));
    },
    sendPackage: async (wanted, askedBy) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      const file = await dialogs.chooseFileToSave(askedBy, 'netra-photographs.age');
      if (file === null) return null;
      return start(file, async ({ signal, steps }) => ({
        kind: 'sent',
        passphrase: (await sendPackage(actor, workspace, { ...wanted, file, signal, onProgress: paced(steps) })).passphrase,
      }));
    },
    sendAnswers: async ({ packageId }, askedBy) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      const file = await dialogs.chooseFileToSave(askedBy, 'netra-answers.age');
      if (file === null) return null;
      return start(file, async () => ({ kind: 'answered', ...(await sendAnswers(actor, workspace, { packageId, file })) }));
    },
    openPackage: async ({ passphrase }, askedBy) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      const file = await dialogs.file(askedBy, 'package');
      if (file === null) return null;
      return start(file, () => receivePackage(actor, workspace, { file, passphrase }));
    },
    packageResult: ({ taskId }) => {
      const result = results.get(taskId) ?? null;
      results.delete(taskId);
      return result;
    },
    acceptSender: async ({ publicKey, siteCode }) => {
      acceptSender(desktop.actor(), (await desktop.desk()).workspace.profile, publicKey, siteCode);
      return null;
    },
  };
}
