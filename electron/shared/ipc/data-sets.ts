import { z } from 'zod';
import type { Dataset, DatasetDiff, DatasetSummary, LookAlike } from '../domain/data-sets';

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);

export const datasetInputs = {
  listDatasets: nothing,
  datasetSummary: z.strictObject({ datasetId: id }),
  datasetDiff: z.strictObject({ beforeId: id, afterId: id }),
  /** A task: look-alikes first, then the freeze; the data set is its `recordId`. */
  freezeDataset: nothing,
  /** Asks for an empty folder; null when the dialog is closed. */
  exportDataset: z.strictObject({ datasetId: id, withLocked: z.boolean() }),
  /** Asks for the list; the photographs lie beside it. */
  importDataset: nothing,
  /** A task: the most suspicious labels, mixed with normal ones, become a campaign; its id is in `recordId`. */
  queueSuspicious: z.strictObject({
    datasetId: id,
    size: z.number().int().min(10).max(2000),
    readerIds: z.array(id).min(2).max(50),
    adjudicatorId: id,
  }),
  lookAlikes: nothing,
  decideLookAlike: z.strictObject({ firstId: id, secondId: id, same: z.boolean() }),
} as const satisfies Record<keyof DatasetOutputs, z.ZodType>;

/** What the window gets of frozen data sets. */
export interface DatasetOutputs {
  listDatasets: { labels: number; datasets: Dataset[] };
  datasetSummary: DatasetSummary;
  datasetDiff: DatasetDiff;
  freezeDataset: { taskId: string };
  exportDataset: { taskId: string } | null;
  importDataset: { taskId: string } | null;
  queueSuspicious: { taskId: string };
  lookAlikes: LookAlike[];
  decideLookAlike: null;
}
