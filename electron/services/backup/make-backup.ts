import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join, relative, resolve, sep } from 'node:path';
import { appendAuditEvent } from '../../db/audit';
import {
  makeFolderDurably,
  removeTemporaryFiles,
  syncFolderAsync,
  TEMPORARY_SUFFIX,
  writeFileDurably,
} from '../../db/profile/durable-file';
import { deriveKey } from '../../db/profile/keys';
import { partsOf, type Profile } from '../../db/profile/profile';
import { vaultFile } from '../../db/profile/vault';
import { addBackup } from '../../db/queries/backups';
import { listErased } from '../../db/queries/identities';
import { putSetting } from '../../db/queries/settings';
import { transaction } from '../../db/sql';
import { type Actor, ROLES } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { forEachConcurrently } from '../screening/concurrently';
import type { WorkerPool } from '../worker-pool';
import { toTargetError } from './copy-work';
import { writeErasures } from './erasures';
import { BACKUP_PREFIX, listSnapshots, MANIFEST, type ManifestContent, sealManifest, snapshotName } from './manifest';
import { BACKUP_SETTING } from './backup-status';
import { README } from './readme';

/** The one just made and the one before: a fault found tomorrow still has yesterday's. */
const KEPT_SNAPSHOTS = 2;
const BACKUP_FOLDER = new RegExp(`^${BACKUP_PREFIX}[0-9a-f]{8}$`);
/** Files under way at once: a stick gets no faster with more. */
const COPIES_AT_ONCE = 3;

export interface BackupResult {
  /** Last part of the folder's name. */
  snapshot: string;
  files: number;
  copiedFiles: number;
  copiedBytes: number;
  takenAt: number;
}

interface Watch {
  signal: AbortSignal;
  /** Photograph files looked at, of all. */
  progress: (done: number, total: number) => void;
}

/**
 * Makes a backup: what is new is copied, read back and compared; the snapshot counts when its manifest is written, last of all. Interrupted at any
 * point, the snapshot before is whole and the profile untouched. Everything on the stick is encrypted as in the profile. Identities that were erased are
 * erased on the stick too: at once in its list of erasures, and with this backup in what it holds.
 *
 * @param folder on the stick; the backup gets a folder of its own in it
 * @throws AppError backup-needs-accounts | backup-target-full | backup-target-lost | output-not-writable | disk-full | cancelled
 */
export async function makeBackup(
  actor: Actor,
  { profile, pool }: { profile: Profile; pool: WorkerPool },
  folder: string,
  watch: Watch,
): Promise<BackupResult> {
  requireRole(actor, ...ROLES);
  // Without a password or code nobody could open it again, or everybody.
  if (profile.vault === null) throw new AppError('backup-needs-accounts');
  refuseOwnFolder(profile.folder, folder);
  const dataKey = await profile.vault.read();
  const keyCheck = Buffer.from(deriveKey(dataKey, 'netra/key-check/1')).toString('hex');
  // A profile under a new key shares no file with what was under the old one.
  const target = join(folder, `${BACKUP_PREFIX}${keyCheck.slice(0, 8)}`);
  const parts = partsOf(profile.folder);
  const takenAt = Date.now();
  const name = snapshotName(takenAt);
  const snapshot = join(target, 'snapshots', name);
  const databaseCopy = join(profile.folder, `netra-${name}${TEMPORARY_SUFFIX}`);
  try {
    // The database first: every photograph that it knows is in the store by then.
    await pool.copyDatabase({ file: parts.database, key: dataKey, to: databaseCopy });
    watch.signal.throwIfAborted();
    const known = await knownBlobs(target);
    await onTarget(() => makeFolderDurably(target));
    const stale = await onTarget(() => writeErasures(target, dataKey, listErased(profile.database)));
    await prepare(target, snapshot);
    const copied = await copyBlobs(pool, parts.blobs, join(target, 'blobs'), known, watch);
    const small = async (from: string, to: string) => pool.copyVerified({ from, to: join(snapshot, to), sha256: null });
    const content: ManifestContent = {
      format: 'netra-backup-1',
      takenAt,
      siteId: profile.site.id,
      database: await small(databaseCopy, 'netra.db'),
      vault: await small(vaultFile(profile.folder), 'vault.json'),
      marker: await small(parts.marker, 'profile.json'),
      blobs: copied.blobs,
    };
    watch.signal.throwIfAborted();
    await onTarget(() => writeFileDurably(join(snapshot, MANIFEST), sealManifest(dataKey, content)));
    keep(actor, profile, { name, takenAt, folder, files: copied.blobs.length, copiedBytes: copied.bytes });
    await onTarget(() => forgetOld(target, stale));
    await onTarget(() => forgetOlderKeys(folder, target, content));
    return { snapshot: name, files: copied.blobs.length, copiedFiles: copied.files, copiedBytes: copied.bytes, takenAt };
  } catch (thrown) {
    // Half a snapshot has no manifest and counts for nothing; its files stay for the next try where the stick is gone.
    await rm(join(snapshot, MANIFEST)).catch(() => undefined);
    if (watch.signal.aborted) throw new AppError('cancelled', {}, thrown);
    throw thrown;
  } finally {
    await rm(databaseCopy, { force: true });
  }
}

function refuseOwnFolder(profileFolder: string, folder: string): void {
  const way = relative(resolve(profileFolder), resolve(folder));
  if (way === '' || (!way.startsWith('..') && !way.startsWith(sep))) throw new AppError('output-not-writable', { path: folder });
}

/** What the snapshots before have proven to be there. */
async function knownBlobs(target: string): Promise<Map<string, { sha256: string; bytes: number }>> {
  const newest = (await listSnapshots(target))[0];
  return new Map((newest?.content.blobs ?? []).map(([path, sha256, bytes]) => [path, { sha256, bytes }]));
}

async function prepare(target: string, snapshot: string): Promise<void> {
  await onTarget(async () => {
    await writeFileDurably(join(target, 'README.txt'), README, { mode: 0o644 });
    await makeFolderDurably(join(target, 'blobs'));
    await makeFolderDurably(snapshot);
  });
}

async function copyBlobs(
  pool: WorkerPool,
  from: string,
  to: string,
  known: ReadonlyMap<string, { sha256: string; bytes: number }>,
  { signal, progress }: Watch,
): Promise<{ blobs: ManifestContent['blobs']; files: number; bytes: number }> {
  const paths = await listBlobs(from);
  const blobs: ManifestContent['blobs'] = [];
  let files = 0;
  let bytes = 0;
  let done = 0;
  progress(0, paths.length);
  const folders = new Set<string>();
  await forEachConcurrently(paths, COPIES_AT_ONCE, async (path) => {
    signal.throwIfAborted();
    const before = known.get(path);
    const size = await sizeOf(join(from, path));
    if (before !== undefined && before.bytes === size && (await sizeOf(join(to, path))) === size) {
      blobs.push([path, before.sha256, before.bytes]);
    } else {
      const shard = join(to, path.slice(0, 2));
      if (!folders.has(shard)) await onTarget(() => makeFolderDurably(shard));
      folders.add(shard);
      const copied = await pool.copyVerified({ from: join(from, path), to: join(to, path), sha256: null });
      blobs.push([path, copied.sha256, copied.bytes]);
      files += 1;
      bytes += copied.bytes;
    }
    done += 1;
    progress(done, paths.length);
  });
  return { blobs: blobs.sort(([a], [b]) => (a < b ? -1 : 1)), files, bytes };
}

/** Paths below the store's folder, `ab/<name>`; what is being written is not among them. */
async function listBlobs(folder: string): Promise<string[]> {
  const shards = (await foldersIn(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name)).sort();
  const paths: string[] = [];
  for (const shard of shards) {
    const names = (await readdir(join(folder, shard))).filter((name) => /^[0-9a-f]{64}$/.test(name));
    paths.push(...names.sort().map((name) => `${shard}/${name}`));
  }
  return paths;
}

/** Systems leave files of their own everywhere on a stick. */
async function foldersIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    (found) => found.size,
    () => null,
  );
}

/** In the profile, so that the window can say when the last one was; the backup itself does not know of itself. */
function keep(
  actor: Actor,
  { database, site }: Profile,
  made: { name: string; takenAt: number; folder: string; files: number; copiedBytes: number },
): void {
  transaction(database, () => {
    const id = addBackup(database, {
      siteId: site.id,
      snapshot: made.name,
      files: made.files,
      copiedBytes: made.copiedBytes,
      takenAt: made.takenAt,
      actorId: actor.userId,
    });
    putSetting(database, BACKUP_SETTING, { folder: made.folder });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'backup.made',
      recordType: 'backup',
      recordId: id,
      details: { files: made.files, copiedBytes: made.copiedBytes },
    });
  });
}

/**
 * Older snapshots go, and those made before an erasure; then the photograph files that no kept one names, and what an interrupted copy left.
 *
 * @param stale names of snapshots that hold what was erased since
 */
async function forgetOld(target: string, stale: ReadonlySet<string>): Promise<void> {
  const snapshots = await listSnapshots(target);
  const kept = snapshots.filter(({ name }) => !stale.has(name)).slice(0, KEPT_SNAPSHOTS);
  const keptNames = new Set(kept.map(({ name }) => name));
  for (const name of await foldersIn(join(target, 'snapshots'))) {
    const folder = join(target, 'snapshots', name);
    if (keptNames.has(name)) await removeTemporaryFiles(folder);
    else await removeSnapshot(folder);
  }
  const blobs = join(target, 'blobs');
  const named = new Set(kept.flatMap(({ content }) => content.blobs.map(([path]) => path)));
  for (const path of await listBlobs(blobs)) {
    if (!named.has(path)) await rm(join(blobs, path), { force: true });
  }
  for (const shard of await foldersIn(blobs)) await removeTemporaryFiles(join(blobs, shard));
}

/** The manifest first: a snapshot of which a part is gone must not count as one. */
async function removeSnapshot(folder: string): Promise<void> {
  await rm(join(folder, MANIFEST), { force: true });
  await syncFolderAsync(folder);
  await rm(folder, { recursive: true, force: true });
}

/** Once this site's backup under its new key is whole, those under older keys go: whoever has left could open them, and erasures do not reach them. */
async function forgetOlderKeys(folder: string, target: string, { siteId, takenAt }: ManifestContent): Promise<void> {
  for (const name of await foldersIn(folder)) {
    const other = join(folder, name);
    if (!BACKUP_FOLDER.test(name) || name === basename(target)) continue;
    const snapshots = await listSnapshots(other);
    const older = snapshots.length > 0 && snapshots.every(({ content }) => content.siteId === siteId && content.takenAt < takenAt);
    if (!older) continue;
    for (const snapshot of snapshots) await removeSnapshot(snapshot.folder);
    await rm(other, { recursive: true, force: true });
  }
}

async function onTarget<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const error = toTargetError(thrown);
    // The helpers for durable files speak of the profile's disk; here it is the stick's.
    if (error instanceof AppError && error.code === 'disk-full') throw new AppError('backup-target-full', {}, thrown);
    if (error instanceof AppError && error.code === 'profile-read-only') throw new AppError('backup-target-lost', {}, thrown);
    throw error;
  }
}
