import { z } from 'zod';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { partsEver } from '../../db/queries/data-sets';
import { addFingerprint, addLookAlike, addLookAlikeDecision, listLookAlikes, type StoredLookAlike } from '../../db/queries/look-alikes';
import { listPartitions } from '../../db/queries/patient-partitions';
import { type ReadableDatabase, transaction } from '../../db/sql';
import type { Actor } from '../../shared/domain/codes';
import type { LookAlike } from '../../shared/domain/data-sets';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { WorkerPool } from '../worker-pool';
import { FINGERPRINT_VERSION } from './fingerprint';
import { inPieces } from './store-data-set';
import { piecesOf } from './pieces';

const circle = z.object({ centreX: z.number(), centreY: z.number(), radius: z.number().positive() });
/** Photographs whose fingerprints are stored in one transaction. */
const BATCH = 32;

/**
 * Compares every labelled photograph that is new with all the others; pairs of different patients (or of none) that look like one are stored for a person to
 * judge.
 *
 * @returns how many pairs were found anew
 * @throws AppError not-permitted, cancelled
 */
export async function findLookAlikes(
  actor: Actor,
  { profile, pool }: { profile: Profile; pool: Pick<WorkerPool, 'withoutFingerprint' | 'fingerprints' | 'alike'> },
  { signal, onProgress }: { signal: AbortSignal; onProgress: (done: number, total: number) => void },
): Promise<number> {
  requireRole(actor, 'admin', 'doctor');
  const { database: db } = profile;
  const missing = await pool.withoutFingerprint({ database: profile.databaseAccess });
  const fresh: string[] = [];
  for (let from = 0; from < missing.length; from += BATCH) {
    if (signal.aborted) throw new AppError('cancelled');
    const batch = missing.slice(from, from + BATCH);
    const made = await pool.fingerprints({
      blobs: profile.blobStoreOptions,
      requests: batch.map((image) => ({
        sha256: Buffer.from(image.sha256).toString('hex'),
        width: image.width,
        circle: circle.parse(JSON.parse(image.retina)),
      })),
    });
    transaction(db, () => {
      for (const [index, fingerprint] of made.entries()) {
        const imageId = batch[index]?.imageId;
        // A thumbnail that cannot be read: compared at the next freeze, if it can be then.
        if (fingerprint === null || imageId === undefined) continue;
        addFingerprint(db, FINGERPRINT_VERSION, { imageId, ...fingerprint });
        fresh.push(imageId);
      }
    });
    onProgress(Math.min(missing.length, from + BATCH), missing.length);
  }
  const pairs = await pool.alike({ database: profile.databaseAccess, fresh });
  await inPieces(db, piecesOf(pairs), { signal, onProgress: () => undefined }, (piece) => {
    for (const { firstId, secondId, correlation } of piece) addLookAlike(db, [firstId, secondId], correlation);
  });
  return pairs.length;
}

/** Pairs for a person to look at: those of different patients, the undecided first. @param actor doctor or admin */
export function lookAlikes(actor: Actor, profile: Profile): LookAlike[] {
  requireRole(actor, 'admin', 'doctor');
  const parts = partsEver(profile.database);
  return ofDifferentPatients(listLookAlikes(profile.database))
    .map((pair): LookAlike => ({
      first: { imageId: pair.firstId, imageSha256: pair.firstSha256, part: parts.get(pair.firstId)?.[0] ?? null },
      second: { imageId: pair.secondId, imageSha256: pair.secondSha256, part: parts.get(pair.secondId)?.[0] ?? null },
      correlation: pair.correlation,
      same: pair.same,
    }))
    .sort((a, b) => Number(a.same !== null) - Number(b.same !== null) || b.correlation - a.correlation);
}

/** Keeps what a person said of a pair. @throws AppError not-permitted, not-found for a pair that was never found */
export function decideLookAlike(actor: Actor, profile: Profile, pair: readonly [string, string], same: boolean): void {
  requireRole(actor, 'admin', 'doctor');
  const { database: db, site } = profile;
  const sorted = [...pair].sort();
  if (!listLookAlikes(db).some((known) => known.firstId === sorted[0] && known.secondId === sorted[1]))
    throw new AppError('not-found', { what: 'pair' });
  transaction(db, () => {
    addLookAlikeDecision(db, pair, same, actor.userId);
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'look-alike.decided',
      recordType: 'image',
      recordId: pair[0],
      details: { other: pair[1], same },
    });
  });
}

/** Photographs that wait for a person: of each undecided pair the later one. */
export function undecidedLookAlikes(db: ReadableDatabase): Set<string> {
  return new Set(
    ofDifferentPatients(listLookAlikes(db))
      .filter((pair) => pair.same === null)
      .map((pair) => pair.laterId),
  );
}

/**
 * Which unit stands for a unit, when people have said that photographs of two units show one eye: the one that has a part already, a locked one before an
 * open one.
 */
export function linkedUnits(db: ReadableDatabase): (unit: string) => string {
  const partitions = listPartitions(db);
  const rank = (unit: string): string => {
    const part = partitions.get(unit)?.part;
    return `${part === 'locked' ? 0 : part === undefined ? 2 : 1}${unit}`;
  };
  const leader = new Map<string, string>();
  const leaderOf = (unit: string): string => {
    const next = leader.get(unit);
    return next === undefined ? unit : leaderOf(next);
  };
  for (const pair of ofDifferentPatients(listLookAlikes(db))) {
    if (pair.same !== true) continue;
    const [a, b] = [leaderOf(pair.firstPerson ?? pair.firstId), leaderOf(pair.secondPerson ?? pair.secondId)];
    if (a === b) continue;
    if (rank(a) < rank(b)) leader.set(b, a);
    else leader.set(a, b);
  }
  return leaderOf;
}

function ofDifferentPatients(pairs: readonly StoredLookAlike[]): StoredLookAlike[] {
  return pairs.filter((pair) => pair.firstPerson === null || pair.firstPerson !== pair.secondPerson);
}
