import { basename, dirname } from 'node:path';
import { exportDataset } from '../../services/data-sets/export';
import { freezeDataset } from '../../services/data-sets/freeze';
import { importDataset } from '../../services/data-sets/import';
import { queueSuspicious } from '../../services/data-sets/label-noise';
import { decideLookAlike, findLookAlikes, lookAlikes } from '../../services/data-sets/look-alikes';
import { datasetAtAGlance, datasetChanges, labelCount, listDatasets } from '../../services/data-sets/summary';
import { paced } from '../../services/pace';
import type { Handlers } from '../../shared/ipc/contract';
import type { DatasetOutputs } from '../../shared/ipc/data-sets';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import type { Dialogs } from './screening';

/** Frozen data sets: what is in them, freezing, taking them elsewhere. */
export function datasetHandlers(desktop: Desktop, dialogs: Dialogs): Handlers<AskedBy, keyof DatasetOutputs> {
  async function profile() {
    return (await desktop.desk()).workspace.profile;
  }

  return {
    listDatasets: async () => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      return { labels: await labelCount(actor, workspace), datasets: listDatasets(actor, workspace.profile) };
    },
    datasetSummary: async ({ datasetId }) => {
      const actor = desktop.actor();
      return datasetAtAGlance(actor, (await desktop.desk()).workspace, datasetId);
    },
    datasetDiff: async ({ beforeId, afterId }) => {
      const actor = desktop.actor();
      return datasetChanges(actor, (await desktop.desk()).workspace, beforeId, afterId);
    },
    freezeDataset: async () => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      const task = desktop.tasks.start({
        kind: 'freeze',
        subject: '',
        work: async ({ signal, steps, record }) => {
          await findLookAlikes(actor, workspace, { signal, onProgress: paced(steps) });
          record((await freezeDataset(actor, workspace, { signal, onProgress: paced(steps) })).id);
        },
      });
      return { taskId: task.id };
    },
    exportDataset: async ({ datasetId, withLocked }, askedBy) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      const folder = await dialogs.folder(askedBy);
      if (folder === null) return null;
      const task = desktop.tasks.start({
        kind: 'export-data',
        subject: basename(folder),
        work: async ({ signal, steps, record }) => {
          record(datasetId);
          await exportDataset(actor, workspace, { datasetId, folder, withLocked, signal, onProgress: paced(steps) });
        },
      });
      return { taskId: task.id };
    },
    importDataset: async (_input, askedBy) => {
      const actor = desktop.actor();
      const { workspace } = await desktop.desk();
      const data = await dialogs.file(askedBy, 'label-list');
      if (data === null) return null;
      const task = desktop.tasks.start({
        kind: 'import-data',
        subject: basename(dirname(data)),
        work: async ({ signal, steps, record }) => {
          const imported = await importDataset(actor, workspace, { data, images: dirname(data), signal, onProgress: paced(steps) });
          record(imported.id);
        },
      });
      return { taskId: task.id };
    },
    queueSuspicious: async (wanted) => {
      const actor = desktop.actor();
      const { workspace, training } = await desktop.desk();
      const task = desktop.tasks.start({
        kind: 'label-noise',
        subject: '',
        work: async ({ signal, steps, record }) => {
          const { campaignId } = await queueSuspicious(
            actor,
            workspace,
            { ...training.surroundings, signal, onProgress: paced(steps) },
            wanted,
          );
          record(campaignId);
        },
      });
      return { taskId: task.id };
    },
    lookAlikes: async () => lookAlikes(desktop.actor(), await profile()),
    decideLookAlike: async ({ firstId, secondId, same }) => {
      decideLookAlike(desktop.actor(), await profile(), [firstId, secondId], same);
      return null;
    },
  };
}
