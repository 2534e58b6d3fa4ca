import { createHash } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { appendAuditEvent } from '../../db/audit';
import { writeFileDurably } from '../../db/profile/durable-file';
import type { Profile } from '../../db/profile/profile';
import { getDataset, listItems } from '../../db/queries/data-sets';
import { listWithdrawn } from '../../db/queries/labels';
import { transaction } from '../../db/sql';
import { codeOf } from '../../db/storage-error';
import type { Actor } from '../../shared/domain/codes';
import type { DatasetItem } from '../../shared/domain/data-sets';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { WorkerPool } from '../worker-pool';
import { manifestOf } from './manifest';

/** The columns of an exported list; `netra train` reads the first eight, the import of the window all. */
const COLUMNS = [
  'file',
  'patient',
  'source',
  'eye',
  'grade',
  'referable',
  'certainty',
  'method',
  'partition',
  'weight',
  'gradable',
  'macular',
  'camera',
  'sha256',
] as const;

export interface ExportOptions {
  datasetId: string;
  /** A new or empty folder. */
  folder: string;
  /** Whether the locked test patients go along: to pool one test set of several sites, never to train. */
  withLocked: boolean;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

/**
 * Writes a data set as `labels.csv`, `manifest.txt` and the folder `images`, readable by `netra train`: patients under the data set's own names, files named by
 * their content, nothing in them but pixels. A photograph that is gone or damaged stops the export before the list is written.
 *
 * @returns photographs written
 * @throws AppError not-permitted, not-found, dataset-consent-withdrawn, dataset-image-missing {image}, folder-not-empty, disk-full, output-not-writable,
 *   cancelled
 */
export async function exportDataset(
  actor: Actor,
  { profile, pool }: { profile: Profile; pool: Pick<WorkerPool, 'cleanPicture'> },
  { datasetId, folder, withLocked, signal, onProgress }: ExportOptions,
): Promise<number> {
  requireRole(actor, 'admin');
  const { database: db, site } = profile;
  const dataset = getDataset(db, datasetId);
  if (!dataset) throw new AppError('not-found', { what: 'dataset' });
  const withdrawn = listWithdrawn(db, datasetId);
  if (withdrawn.size > 0) throw new AppError('dataset-consent-withdrawn', { images: withdrawn.size });
  const all = listItems(db, datasetId);
  const items = withLocked ? all : all.filter((item) => item.part !== 'locked');
  await requireEmptyFolder(folder);
  const rows: string[][] = [];
  for (const [index, item] of items.entries()) {
    if (signal.aborted) throw new AppError('cancelled');
    const picture = await pool.cleanPicture({ blobs: profile.blobStoreOptions, sha256: item.imageSha256 }).catch((thrown: unknown) => {
      throw new AppError('dataset-image-missing', { image: item.imageSha256.slice(0, 12) }, thrown);
    });
    const sha256 = createHash('sha256').update(picture.bytes).digest('hex');
    const file = `images/${sha256.slice(0, 32)}.${picture.extension}`;
    await written(folder, () => writeFileDurably(join(folder, file), picture.bytes));
    rows.push(rowOf(item, file, sha256));
    onProgress(index + 1, items.length);
  }
  await written(folder, () => writeFileDurably(join(folder, 'manifest.txt'), `${manifestOf(items)}\n`));
  await written(folder, () =>
    writeFileDurably(join(folder, 'labels.csv'), stringify([[...COLUMNS], ...rows], { record_delimiter: 'windows' })),
  );
  transaction(db, () => {
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'dataset.exported',
      recordType: 'dataset',
      recordId: datasetId,
      details: { version: dataset.version, images: items.length, locked: withLocked },
    });
  });
  return items.length;
}

function rowOf(item: DatasetItem, file: string, sha256: string): string[] {
  // Training learns the grade; what else refers a patient counts only where a model is examined.
  const referable = item.part === 'locked' || item.grade === null ? item.referable : null;
  return [
    file,
    item.subject,
    item.source,
    item.eye ?? '',
    item.grade === null ? '' : String(item.grade),
    referable === null ? '' : referable ? '1' : '0',
    String(item.certainty),
    // The words of `netra train` and of the promotion gate.
    item.method === 'agreement' ? 'consensus' : item.method,
    item.part,
    item.weight.toFixed(6),
    item.gradable ? '1' : '0',
    item.macular ?? '',
    item.camera,
    sha256,
  ];
}

async function requireEmptyFolder(folder: string): Promise<void> {
  await written(folder, () => mkdir(join(folder, 'images'), { recursive: true }));
  const names = [...(await readdir(folder)).filter((name) => name !== 'images'), ...(await readdir(join(folder, 'images')))];
  if (names.length > 0) throw new AppError('folder-not-empty', { folder });
}

async function written<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError(codeOf(thrown) === 'ENOSPC' ? 'disk-full' : 'output-not-writable', { path: folder }, thrown);
  }
}
