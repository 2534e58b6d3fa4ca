import { existsSync, statSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../shared/errors';
import { listBackups, removeBackups, restoreBackup, type Backup } from '../backup';
import { openDatabase } from '../open';
import type { DatabaseAccess } from '../reader';
import { getSetting } from '../queries/settings';
import { ensureOwnSite, type Site } from '../queries/sites';
import type { WritableDatabase } from '../sql';
import { codeOf, toStorageError } from '../storage-error';
import { BlobStore, type BlobStoreOptions } from './blob-store';
import { makeFolderDurably, removeTemporaryFiles, syncFolderAsync, writeFileDurably } from './durable-file';
import { unwrappedKeyFile, type KeySource } from './key-source';
import { deriveKey } from './keys';
import { lockProfile, type ProfileLock } from './lock';
import { hasVault, UnlockedVault } from './vault';

/** A folder with everything of one site: key, lock, database, photographs. Open in one process at a time. */
export interface Profile {
  folder: string;
  database: WritableDatabase;
  /** To read the same database in a worker thread. */
  databaseAccess: DatabaseAccess;
  blobs: BlobStore;
  /** To make the same store in a worker thread. */
  blobStoreOptions: BlobStoreOptions;
  /** Wraps the patients' own keys. */
  identityKey: Uint8Array;
  /** Names patients in data sets; the same for as long as the site lives, whatever its data key. */
  subjectKey: Uint8Array;
  site: Site;
  /** False while the key lies unwrapped in the folder. */
  protected: boolean;
  /** Who can open it, and the way to change that; null without accounts. */
  vault: UnlockedVault | null;
  close: () => void;
}

/** Written last when a profile is made: with it, a part that is missing was lost; without it, it was never there. */
const markerSchema = z.object({ format: z.literal(1), keyCheck: z.string().regex(/^[0-9a-f]{64}$/) });

interface ProfileParts {
  marker: string;
  key: string;
  lock: string;
  database: string;
  blobs: string;
  backups: string;
}

export function partsOf(folder: string): ProfileParts {
  return {
    marker: join(folder, 'profile.json'),
    key: join(folder, 'key.json'),
    lock: join(folder, 'lock.db'),
    database: join(folder, 'netra.db'),
    blobs: join(folder, 'blobs'),
    backups: join(folder, 'backups'),
  };
}

/** `new`: nothing is there yet; `open`: its key lies in it; `accounts`: it opens with a password or a code only. */
export type ProfileKind = 'new' | 'open' | 'accounts';

/** @throws AppError profile-damaged {part: 'folder'} */
export function profileKind(folder: string): ProfileKind {
  // A file where the folder should be is no place for a first start.
  if (existsSync(folder) && !statSync(folder).isDirectory()) throw new AppError('profile-damaged', { part: 'folder' });
  if (hasVault(folder)) return 'accounts';
  const { marker, key, database } = partsOf(folder);
  return [marker, key, database].some((part) => existsSync(part)) ? 'open' : 'new';
}

/**
 * Opens the profile in a folder, or makes one there when there is none. Interrupted at any point, the next call goes on.
 *
 * @throws AppError profile-locked | profile-read-only | disk-full | profile-damaged {part} | database-damaged {backups} | database-wrong-key |
 *   database-from-future {found, supported} | sign-in-required for a profile with accounts and no open vault
 */
export async function createOrOpenProfile(folder: string, keySource?: KeySource): Promise<Profile> {
  const parts = partsOf(folder);
  const keys = keySource ?? keyInFolder(folder);
  await makeFolder(folder);
  const lock = lockProfile(parts.lock);
  let database: WritableDatabase | undefined;
  try {
    const marker = await readMarker(parts.marker);
    const key = await readOrCreateKey(keys, { exists: marker !== null, databaseExists: existsSync(parts.database) });
    const keyCheck = Buffer.from(deriveKey(key, 'netra/key-check/1')).toString('hex');
    if (marker && marker.keyCheck !== keyCheck) throw new AppError('database-wrong-key');
    await removeTemporaryFiles(folder);
    database = open(parts, key, marker !== null);
    await makeFolder(parts.blobs);
    const site = ensureOwnSite(database);
    if (!marker) await writeFileDurably(parts.marker, `${JSON.stringify({ format: 1, keyCheck })}\n`);
    const blobStoreOptions = { folder: parts.blobs, key: deriveKey(key, 'netra/blobs/1') };
    const blobs = new BlobStore(blobStoreOptions);
    await blobs.clearIncoming();
    const opened = database;
    return {
      folder,
      database,
      databaseAccess: { file: parts.database, key },
      blobs,
      blobStoreOptions,
      identityKey: deriveKey(key, 'netra/identity/1'),
      subjectKey: subjectKeyOf(database, key),
      site,
      protected: keys.protected,
      vault: keys instanceof UnlockedVault ? keys : null,
      close: () => closeBoth(opened, lock),
    };
  } catch (thrown) {
    closeBoth(database, lock);
    throw toStorageError(thrown);
  }
}

/** The copies of the database made before migrations, newest first. */
export function listProfileBackups(folder: string): Backup[] {
  return listBackups(partsOf(folder).backups);
}

/** The copies of the database made before migrations go. */
export function removeProfileBackups(folder: string): void {
  removeBackups(partsOf(folder).backups);
}

/**
 * Puts a backup in the place of the database, which is kept beside it.
 *
 * @throws AppError profile-locked | profile-read-only | disk-full | not-found
 */
export function restoreProfileBackup(folder: string, name: string): void {
  const parts = partsOf(folder);
  const lock = lockProfile(parts.lock);
  try {
    restoreBackup({ file: parts.database, backupFolder: parts.backups, name });
  } catch (thrown) {
    throw toStorageError(thrown);
  } finally {
    lock.release();
  }
}

/**
 * Renames a profile that does not open, so that a new one can be made in its place. Nothing is deleted.
 *
 * @returns the folder's new name
 * @throws AppError profile-locked | profile-read-only
 */
export async function setProfileAside(folder: string): Promise<string> {
  const lock = lockProfile(partsOf(folder).lock);
  const aside = `${folder}-set-aside-${new Date().toISOString().replace(/[-:.]/g, '')}`;
  try {
    // Windows renames no folder with an open file in it; elsewhere the lock is kept until the folder has moved.
    if (process.platform === 'win32') lock.release();
    await rename(folder, aside);
    await syncFolderAsync(dirname(folder));
    return aside;
  } catch (thrown) {
    throw toStorageError(thrown);
  } finally {
    if (process.platform !== 'win32') lock.release();
  }
}

/** Set when a profile first gets another data key. */
export const SUBJECT_KEY_SETTING = 'subject-key';

function subjectKeyOf(database: WritableDatabase, key: Uint8Array): Uint8Array {
  const kept = getSetting(database, SUBJECT_KEY_SETTING, z.string().regex(/^[0-9a-f]{64}$/));
  if (kept !== undefined) return new Uint8Array(Buffer.from(kept, 'hex'));
  return deriveKey(deriveKey(key, 'netra/identity/1'), 'netra/subject/1');
}

function keyInFolder(folder: string): KeySource {
  if (hasVault(folder)) throw new AppError('sign-in-required');
  return unwrappedKeyFile(partsOf(folder).key);
}

function open(parts: ProfileParts, key: Uint8Array, mustExist: boolean): WritableDatabase {
  try {
    return openDatabase({ file: parts.database, key, backupFolder: parts.backups, mustExist });
  } catch (thrown) {
    // The key has just been proven right against the marker, so what does not open with it is damaged.
    if (mustExist && thrown instanceof AppError && thrown.code === 'database-wrong-key') {
      throw new AppError('database-damaged', { backups: listBackups(parts.backups).length }, thrown);
    }
    throw thrown;
  }
}

async function readOrCreateKey(
  keys: KeySource,
  { exists, databaseExists }: { exists: boolean; databaseExists: boolean },
): Promise<Uint8Array> {
  const key = await keys.read();
  if (key) return key;
  // A new key for an old database would lock its data away for good.
  if (exists || databaseExists) throw new AppError('profile-damaged', { part: 'key' });
  return keys.create();
}

async function readMarker(path: string): Promise<z.output<typeof markerSchema> | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return null;
    throw toStorageError(thrown);
  }
  try {
    return markerSchema.parse(JSON.parse(text));
  } catch (thrown) {
    throw new AppError('profile-damaged', { part: 'profile' }, thrown);
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await makeFolderDurably(folder);
  } catch (thrown) {
    const code = codeOf(thrown);
    // A file where the folder should be.
    if (code === 'EEXIST' || code === 'ENOTDIR') throw new AppError('profile-damaged', { part: 'folder' }, thrown);
    throw toStorageError(thrown);
  }
}

function closeBoth(database: WritableDatabase | undefined, lock: ProfileLock): void {
  try {
    database?.close();
  } finally {
    lock.release();
  }
}
