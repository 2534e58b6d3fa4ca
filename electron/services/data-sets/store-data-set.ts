import { setImmediate } from 'node:timers/promises';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addItems, beginDataset, sealDataset } from '../../db/queries/data-sets';
import { transaction, type WritableDatabase } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import type { Dataset, DatasetItem, LeftOut } from '../../shared/domain/data-sets';
import { AppError } from '../../shared/errors';

export interface Watch {
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

/**
 * Runs `store` for one piece after the other, each in a transaction of its own, and lets whoever else wants to save go first in between.
 *
 * @throws AppError cancelled
 */
export async function inPieces<T>(
  db: WritableDatabase,
  pieces: readonly T[],
  { signal, onProgress }: Watch,
  store: (piece: T) => void,
): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    await setImmediate();
    if (signal.aborted) throw new AppError('cancelled');
    transaction(db, () => {
      store(piece);
    });
    onProgress(index + 1, pieces.length);
  }
}

interface DatasetToStore {
  origin: Dataset['origin'];
  manifestSha256: string;
  leftOut: LeftOut;
  images: number;
}

/** Stores a data set piece by piece; it exists from the last step on, and interrupted it goes on where it was. @throws AppError cancelled */
export async function storeDataset<T>(
  actor: Actor,
  { database: db, site }: Profile,
  { images, ...facts }: DatasetToStore,
  pieces: readonly T[],
  itemsOf: (piece: T) => readonly DatasetItem[],
  watch: Watch,
): Promise<Dataset> {
  const datasetId = transaction(db, () => beginDataset(db, { ...facts, siteId: site.id, actorId: actor.userId }));
  await inPieces(db, pieces, watch, (piece) => {
    addItems(db, datasetId, itemsOf(piece));
  });
  return transaction(db, () => {
    const dataset = sealDataset(db, datasetId);
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: facts.origin === 'frozen' ? 'dataset.frozen' : 'dataset.imported',
      recordType: 'dataset',
      recordId: dataset.id,
      details: { version: dataset.version, images, manifest: facts.manifestSha256 },
    });
    return dataset;
  });
}

const lastOf = new WeakMap<Profile, Promise<unknown>>();

/** A freeze or an import rests on where every patient and photograph stood when it began: they follow each other. */
export async function oneAfterTheOther<T>(profile: Profile, work: () => Promise<T>): Promise<T> {
  const before = lastOf.get(profile) ?? Promise.resolve();
  const own = before.then(work, work);
  lastOf.set(profile, own);
  return own;
}
