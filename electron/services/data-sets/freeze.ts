import type { Profile } from '../../db/profile/profile';
import { listDatasets } from '../../db/queries/data-sets';
import { addPartition, type PatientPartition } from '../../db/queries/patient-partitions';
import type { Actor } from '../../shared/domain/codes';
import type { Dataset, DatasetItem } from '../../shared/domain/data-sets';
import { requireRole } from '../actor';
import type { WorkerPool } from '../worker-pool';
import { inPieces, oneAfterTheOther, storeDataset, type Watch } from './store-data-set';

export interface Frozen extends Dataset {
  /** Nothing has changed since this version was frozen: no new one was made. */
  unchanged: boolean;
}

/**
 * Freezes the reference labels of this moment as a new version: worked out in a thread, stored in pieces, there when the last piece is. Patients without a
 * part are drawn now and for ever.
 *
 * @throws AppError not-permitted, dataset-no-labels, dataset-all-left-out, cancelled
 */
export async function freezeDataset(
  actor: Actor,
  { profile, pool }: { profile: Profile; pool: Pick<WorkerPool, 'planFreeze'> },
  watch: Watch,
): Promise<Frozen> {
  requireRole(actor, 'admin', 'doctor');
  const { database: db, site } = profile;
  return oneAfterTheOther(profile, async () => {
    const plan = await pool.planFreeze({ database: profile.databaseAccess, subjectKey: profile.subjectKey });
    await inPieces(db, plan.draws, watch, (piece) => {
      for (const drawn of unpacked<PatientPartition>(piece)) addPartition(db, { ...drawn, siteId: site.id, actorId: actor.userId });
    });
    const newest = listDatasets(db).find((dataset) => dataset.origin === 'frozen');
    if (newest?.manifestSha256 === plan.manifestSha256) return { ...newest, leftOut: plan.leftOut, unchanged: true };
    const { manifestSha256, leftOut, images } = plan;
    const facts = { origin: 'frozen' as const, manifestSha256, leftOut, images };
    const dataset = await storeDataset(actor, profile, facts, plan.items, (piece) => unpacked<DatasetItem>(piece), watch);
    return { ...dataset, unchanged: false };
  });
}

/** Of our own thread: no stranger's data. */
function unpacked<T>(piece: Uint8Array): T[] {
  return JSON.parse(Buffer.from(piece).toString('utf8')) as T[];
}
