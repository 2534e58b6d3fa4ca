import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, cp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppError } from '../../shared/errors';
import { connect } from '../open';
import { rewrapPatientKeys } from '../queries/identities';
import { putSetting } from '../queries/settings';
import { transaction } from '../sql';
import { toStorageError } from '../storage-error';
import { BLOB_KINDS, BlobStore } from './blob-store';
import { makeFolderDurably, syncFile, syncFolderAsync, TEMPORARY_SUFFIX } from './durable-file';
import { deriveKey } from './keys';
import { lockProfile, type ProfileLock } from './lock';
import { createOrOpenProfile, partsOf, type Profile, SUBJECT_KEY_SETTING } from './profile';
import { UnlockedVault, type VaultEntry, vaultFile, writeVault } from './vault';

interface CopyOptions {
  folder: string;
  oldKey: Uint8Array;
  newKey: Uint8Array;
  /** Who can open the copy; sealed for the new key. */
  entries: readonly VaultEntry[];
  /** In the copy, before it takes the place of the old one: accounts, audit events. */
  prepare: (profile: Profile) => void;
  onProgress: (done: number, total: number) => void;
  /** Stops it as long as the old profile is the profile; the copy begun is removed. */
  signal: AbortSignal;
}

/** Beside the profile: what is being made, what is made and not yet in its place, what was there before. */
function placesOf(folder: string): { making: string; made: string; old: string } {
  return { making: `${folder}.netra-making`, made: `${folder}.netra-made`, old: `${folder}.netra-old` };
}

/**
 * Copies a closed profile under a new key, puts the copy in its place and destroys the old one. Power that fails leaves the old profile or the new one, whole:
 * `settleCopy` at the next start does the rest. Nothing is deleted before the copy is complete and on disk.
 *
 * @throws AppError cancelled | profile-locked | disk-full | profile-read-only | blob-damaged is not thrown: a damaged photograph stays behind, as it opened for nobody
 */
export async function copyUnderNewKey({ folder, oldKey, newKey, entries, prepare, onProgress, signal }: CopyOptions): Promise<void> {
  const { making, made } = placesOf(folder);
  const lock = lockProfile(partsOf(folder).lock);
  try {
    await rm(making, { recursive: true, force: true });
    await makeFolderDurably(making);
    await writeVault(making, entries);
    await copyDatabases(folder, making, oldKey, newKey);
    goOn(signal);
    await copyOthers(folder, making);
    await copyBlobs({ from: storeOf(folder, oldKey), to: storeOf(making, newKey), folder, onProgress, signal });
    const copy = await createOrOpenProfile(making, new UnlockedVault(making, newKey));
    try {
      transaction(copy.database, () => {
        rewrapPatientKeys(copy.database, deriveKey(oldKey, 'netra/identity/1'), copy.identityKey);
        prepare(copy);
      });
    } finally {
      copy.close();
    }
    goOn(signal);
    await rename(making, made);
    await syncFolderAsync(dirname(folder));
    await putInPlace(folder, lock);
  } catch (thrown) {
    await rm(making, { recursive: true, force: true }).catch(() => undefined);
    throw toStorageError(thrown);
  } finally {
    lock.release();
  }
}

/**
 * What an interrupted copy left, brought to one side or the other: before the old profile was moved away the old one stays, afterwards the new one.
 *
 * @throws AppError profile-locked while another process copies
 */
export async function settleCopy(folder: string): Promise<void> {
  const { making, made, old } = placesOf(folder);
  if (![making, made, old].some((place) => existsSync(place))) return;
  const lock = lockWhereItIs(folder, old);
  try {
    await rm(making, { recursive: true, force: true });
    if (existsSync(folder)) {
      // Not moved yet: the old profile is the profile, and what was made of it is of yesterday.
      await rm(made, { recursive: true, force: true });
      if (existsSync(old)) await destroy(old);
    } else {
      await rename(existsSync(made) ? made : old, folder);
      await syncFolderAsync(dirname(folder));
      if (existsSync(old)) await destroy(old);
    }
  } finally {
    lock?.release();
  }
}

async function putInPlace(folder: string, lock: ProfileLock): Promise<void> {
  const { made, old } = placesOf(folder);
  // Windows renames no folder with an open file in it; elsewhere the lock goes along with the old one.
  if (process.platform === 'win32') lock.release();
  await rename(folder, old);
  await rename(made, folder);
  await syncFolderAsync(dirname(folder));
  await destroy(old);
}

/** The keys first: what a disk keeps of the rest is then noise. A flash disk may keep the old bytes of a key somewhere; docs/security.md says so. */
async function destroy(folder: string): Promise<void> {
  for (const file of [partsOf(folder).key, vaultFile(folder)]) {
    if (!existsSync(file)) continue;
    await writeFile(file, Buffer.alloc((await stat(file)).size));
    syncFile(file);
  }
  await rm(folder, { recursive: true, force: true });
  await syncFolderAsync(dirname(folder));
}

function lockWhereItIs(folder: string, old: string): ProfileLock | null {
  const place = [folder, old].find((each) => existsSync(each));
  return place === undefined ? null : lockProfile(partsOf(place).lock);
}

function storeOf(folder: string, key: Uint8Array): BlobStore {
  return new BlobStore({ folder: partsOf(folder).blobs, key: deriveKey(key, 'netra/blobs/1') });
}

/** The database and the copies made before migrations: pages are encrypted anew in a file of their own. */
async function copyDatabases(folder: string, making: string, oldKey: Uint8Array, newKey: Uint8Array): Promise<void> {
  const from = partsOf(folder);
  const to = partsOf(making);
  const backups = existsSync(from.backups) ? (await readdir(from.backups)).filter((name) => name.endsWith('.db')) : [];
  await makeFolderDurably(to.backups);
  for (const [source, target] of [
    [from.database, to.database] as const,
    ...backups.map((name) => [join(from.backups, name), join(to.backups, name)] as const),
  ]) {
    await copyFile(source, target);
    if (existsSync(`${source}-wal`)) await copyFile(`${source}-wal`, `${target}-wal`);
    const db = connect(target, oldKey);
    try {
      // The log is folded in; a database is given another key without one only.
      db.pragma('journal_mode = DELETE');
      db.pragma(`rekey = "x'${Buffer.from(newKey).toString('hex')}'"`);
      if (target === to.database) keepSubjectKey(db, oldKey);
    } finally {
      db.close();
    }
    syncFile(target);
  }
}

/** Names of patients in data sets are made with it: they stay what they were. */
function keepSubjectKey(db: ReturnType<typeof connect>, oldKey: Uint8Array): void {
  const known = db.prepare('SELECT 1 FROM setting WHERE key = ?').get(SUBJECT_KEY_SETTING);
  if (known !== undefined) return;
  const subjectKey = deriveKey(deriveKey(oldKey, 'netra/identity/1'), 'netra/subject/1');
  putSetting(db as Profile['database'], SUBJECT_KEY_SETTING, Buffer.from(subjectKey).toString('hex'));
}

/** What lies beside: models, checkpoints. Caches are made again; keys and locks are not copied. */
async function copyOthers(folder: string, making: string): Promise<void> {
  const left = new Set(['key.json', 'vault.json', 'profile.json', 'lock.db', 'blobs', 'backups', 'training-cache']);
  for (const entry of await readdir(folder)) {
    if (left.has(entry) || entry.startsWith(basename(partsOf(folder).database)) || entry.endsWith(TEMPORARY_SUFFIX)) continue;
    await cp(join(folder, entry), join(making, entry), { recursive: true });
  }
}

function goOn(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('cancelled');
}

/**
 * Every original that there is, whether or not a row knows it, and what belongs to it. A file that opens under no name is damaged and stays behind.
 */
async function copyBlobs({
  from,
  to,
  folder,
  onProgress,
  signal,
}: {
  from: BlobStore;
  to: BlobStore;
  folder: string;
  onProgress: CopyOptions['onProgress'];
  signal: AbortSignal;
}): Promise<void> {
  const originals = await from.listOriginals();
  let done = 0;
  for (const sha256 of originals) {
    goOn(signal);
    const blobs: Partial<Record<(typeof BLOB_KINDS)[number], Uint8Array>> = {};
    for (const kind of BLOB_KINDS) {
      const bytes = await from.get(kind, sha256).catch((thrown: unknown) => {
        if (thrown instanceof AppError && (thrown.code === 'not-found' || thrown.code === 'blob-damaged')) return null;
        throw thrown;
      });
      if (bytes !== null) blobs[kind] = bytes;
    }
    if (blobs.original !== undefined && createHash('sha256').update(blobs.original).digest('hex') !== sha256) delete blobs.original;
    await to.putAll(sha256, blobs);
    done += 1;
    onProgress(done, originals.length);
  }
  if (originals.length === 0) await makeFolderDurably(partsOf(`${folder}.netra-making`).blobs);
}
