import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { appendAuditEvent } from '../../db/audit';
import { makeFolderDurably, syncFolderAsync } from '../../db/profile/durable-file';
import { createOrOpenProfile, partsOf, profileKind } from '../../db/profile/profile';
import { openEntry, readVault, UnlockedVault, vaultFile } from '../../db/profile/vault';
import { transaction } from '../../db/sql';
import { toStorageError } from '../../db/storage-error';
import { ROLES } from '../../shared/domain/codes';
import { parseEmergencyCode } from '../../shared/domain/emergency-code';
import { AppError } from '../../shared/errors';
import type { SnapshotFacts } from '../../shared/ipc/backup';
import { removeEmptyProfile } from '../accounts/set-up';
import { eraseAgain } from '../patients/erase';
import { forEachConcurrently } from '../screening/concurrently';
import type { WorkerPool } from '../worker-pool';
import { readErasures } from './erasures';
import { BACKUP_PREFIX, checkManifest, listSnapshots, type ManifestContent, readManifest } from './manifest';

export type RestoreSecret = { kind: 'password'; login: string; password: string } | { kind: 'recovery'; code: string };

interface Watch {
  signal: AbortSignal;
  progress: (done: number, total: number) => void;
}

/** Files under way at once. */
const COPIES_AT_ONCE = 3;

/** The whole snapshots in a folder: a stick, a backup's own folder, or the folder above. Newest first. @throws AppError backup-missing */
export async function findSnapshots(folder: string): Promise<SnapshotFacts[]> {
  const inside = await readdir(folder).catch(() => []);
  const candidates = [folder, ...inside.filter((name) => name.startsWith(BACKUP_PREFIX)).map((name) => join(folder, name))];
  const found = (await Promise.all(candidates.map(listSnapshots))).flat();
  if (found.length === 0) throw new AppError('backup-missing', { path: folder });
  return found
    .map(({ folder: snapshot, content }) => ({
      folder: snapshot,
      takenAt: content.takenAt,
      files: content.blobs.length,
      bytes: content.database.bytes + content.blobs.reduce((sum, [, , bytes]) => sum + bytes, 0),
    }))
    .sort((a, b) => b.takenAt - a.takenAt);
}

/**
 * Restores a snapshot as a profile where there is none. Everything is checked against the sealed manifest while it is copied, the database is opened
 * and checked, and only then does the folder get its name: interrupted, there is nothing, and it can begin again.
 *
 * @throws AppError profile-exists | backup-missing | backup-damaged {part} | sign-in-failed | code-invalid | disk-full | cancelled
 */
export async function restoreBackup(
  pool: WorkerPool,
  { snapshot, secret, profileFolder }: { snapshot: string; secret: RestoreSecret; profileFolder: string },
  watch: Watch,
): Promise<void> {
  if (profileKind(profileFolder) !== 'new') throw new AppError('profile-exists');
  const manifest = await readManifest(snapshot);
  if (manifest === null) throw new AppError('backup-missing', { path: snapshot });
  const { dataKey, entryId } = await openVaultOf(snapshot, secret);
  checkManifest(dataKey, manifest);
  const { patientIds: erased } = await readErasures(dirname(dirname(snapshot)), dataKey);
  const incoming = `${profileFolder}.restoring-${randomBytes(4).toString('hex')}`;
  try {
    await copyAll(pool, snapshot, incoming, manifest.content, watch);
    await proveItOpens(incoming, dataKey, { entryId, erased });
    watch.signal.throwIfAborted();
    await removeEmptyProfile(profileFolder);
    await rename(incoming, profileFolder);
    await syncFolderAsync(dirname(profileFolder));
  } catch (thrown) {
    await rm(incoming, { recursive: true, force: true });
    if (watch.signal.aborted) throw new AppError('cancelled', {}, thrown);
    throw toStorageError(thrown);
  }
}

async function openVaultOf(snapshot: string, secret: RestoreSecret): Promise<{ dataKey: Uint8Array; entryId: string }> {
  const typed = secret.kind === 'password' ? secret.password : parseEmergencyCode(secret.code);
  if (typed === null) throw new AppError('code-invalid');
  const entries = await readVault(snapshot).catch((thrown: unknown) => {
    throw new AppError('backup-damaged', { part: 'vault.json' }, thrown);
  });
  const entry = entries.find(({ kind, login }) =>
    secret.kind === 'password' ? kind === 'password' && login === secret.login.trim().toLowerCase() : kind === 'recovery',
  );
  const dataKey = entry === undefined ? null : await openEntry(entry, typed);
  if (entry === undefined || dataKey === null) throw new AppError('sign-in-failed');
  return { dataKey, entryId: entry.id };
}

async function copyAll(
  pool: WorkerPool,
  snapshot: string,
  incoming: string,
  { database, vault, marker, blobs }: ManifestContent,
  { signal, progress }: Watch,
): Promise<void> {
  const parts = partsOf(incoming);
  const store = join(dirname(dirname(snapshot)), 'blobs');
  await makeFolderDurably(parts.blobs);
  const folders = new Set<string>();
  let done = 0;
  progress(0, blobs.length);
  await forEachConcurrently(blobs, COPIES_AT_ONCE, async ([path, sha256, bytes]) => {
    signal.throwIfAborted();
    const shard = join(parts.blobs, path.slice(0, 2));
    if (!folders.has(shard)) await makeFolderDurably(shard);
    folders.add(shard);
    await checkSize(join(store, path), bytes);
    await pool.copyVerified({ from: join(store, path), to: join(parts.blobs, path), sha256 });
    done += 1;
    progress(done, blobs.length);
  });
  await pool.copyVerified({ from: join(snapshot, 'netra.db'), to: parts.database, sha256: database.sha256 });
  await pool.copyVerified({ from: join(snapshot, 'vault.json'), to: vaultFile(incoming), sha256: vault.sha256 });
  await pool.copyVerified({ from: join(snapshot, 'profile.json'), to: parts.marker, sha256: marker.sha256 });
}

/** Before it is read: what is far larger than it was would fill the disk first. */
async function checkSize(path: string, bytes: number): Promise<void> {
  const found = await stat(path).then(
    (facts) => facts.size,
    () => null,
  );
  if (found !== bytes) throw new AppError('backup-damaged', { part: 'blobs' });
}

/** Opened, checked, brought to this version's tables if it is older, erased what was erased since, and noted in its own audit log. */
async function proveItOpens(
  folder: string,
  dataKey: Uint8Array,
  { entryId, erased }: { entryId: string; erased: readonly string[] },
): Promise<void> {
  const actor = { userId: entryId, roles: ROLES };
  const profile = await createOrOpenProfile(folder, new UnlockedVault(folder, dataKey));
  try {
    transaction(profile.database, () => {
      appendAuditEvent(profile.database, {
        siteId: profile.site.id,
        actor,
        action: 'backup.restored',
        recordType: 'site',
        recordId: profile.site.id,
      });
    });
    eraseAgain(actor, profile, erased);
  } finally {
    profile.close();
  }
}
