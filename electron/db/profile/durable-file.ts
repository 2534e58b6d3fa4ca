import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, toStorageError } from '../storage-error';

/**
 * Own code and not write-file-atomic 7: that package does not fsync the folder after the rename, so a power cut can still take the file
 * away, and it writes with one call whose short count on a nearly full disk it does not look at.
 */
export const TEMPORARY_SUFFIX = '.netra-tmp';

/**
 * Writes a whole file so that after a power cut there is the old content or the new one, never a part.
 *
 * @param options.mode of the new file, default 0600
 * @throws AppError disk-full | profile-read-only; other failures of the system as they are
 */
export async function writeFileDurably(path: string, bytes: Uint8Array | string, options: { mode?: number } = {}): Promise<void> {
  await writeAndRename(path, bytes, options);
  await guarded(() => syncFolderAsync(dirname(path)));
}

/**
 * As `writeFileDurably` without the folder's fsync, for several files of one folder: call `syncFolderAsync` once after them.
 *
 * @param options.temporaryFolder on the same disk, for the file while it is written; default the file's own folder
 */
export async function writeAndRename(
  path: string,
  bytes: Uint8Array | string,
  { mode = 0o600, temporaryFolder = dirname(path) }: { mode?: number; temporaryFolder?: string } = {},
): Promise<void> {
  const temporary = join(temporaryFolder, `${basename(path)}.${randomBytes(6).toString('hex')}${TEMPORARY_SUFFIX}`);
  await guarded(async () => {
    try {
      const handle = await open(temporary, 'wx', mode);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, path);
    } catch (thrown) {
      await rm(temporary, { force: true }).catch(() => undefined);
      throw thrown;
    }
  });
}

/**
 * Makes a folder and those above it, each surviving a power cut. One level at a time, since the recursive mkdir of Node reports a read-only disk
 * as ENOENT.
 *
 * @throws AppError disk-full | profile-read-only; other failures of the system as they are (EEXIST, ENOTDIR: a file is in the way)
 */
export async function makeFolderDurably(folder: string): Promise<void> {
  await guarded(async () => {
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOENT' && dirname(folder) !== folder) {
        await makeFolderDurably(dirname(folder));
        return makeFolderDurably(folder);
      }
      // Windows says EPERM for the root of a drive, a read-only disk EROFS for a folder that exists.
      if (await isFolder(folder)) return;
      throw thrown;
    }
    await syncFolderAsync(dirname(folder));
  });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Makes renames and new names in a folder survive a power cut. Windows has no such call and journals names itself. */
export async function syncFolderAsync(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') syncPath(folder, 'r');
}

export function syncFile(path: string): void {
  syncPath(path, 'r+');
}

/** Removes what an interrupted write left in a folder. */
export async function removeTemporaryFiles(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(TEMPORARY_SUFFIX)) await rm(join(folder, name), { force: true });
  }
}

function syncPath(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw toStorageError(thrown);
  }
}
