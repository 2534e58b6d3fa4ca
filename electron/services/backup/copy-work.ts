import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { connect } from '../../db/open';
import { syncFolderAsync, syncFile, TEMPORARY_SUFFIX } from '../../db/profile/durable-file';
import { codeOf, toStorageError } from '../../db/storage-error';
import { AppError } from '../../shared/errors';

export interface CopyDatabaseInput {
  file: string;
  /** 32 bytes, of both. */
  key: Uint8Array;
  /** Must not exist. */
  to: string;
}

/** A consistent, compact copy while the program goes on writing. @throws AppError disk-full | database-damaged */
export function copyEncryptedDatabase({ file, key, to }: CopyDatabaseInput): Promise<void> {
  const db = connect(file, key);
  try {
    db.prepare('VACUUM INTO ?').run(to);
    syncFile(to);
  } catch (thrown) {
    rmSync(to, { force: true });
    throw toStorageError(thrown);
  } finally {
    db.close();
  }
  return Promise.resolve();
}

export interface CopyFileInput {
  from: string;
  to: string;
  /** Hex; what the content must be, where that is known. */
  sha256: string | null;
}

export interface CopiedFile {
  sha256: string;
  bytes: number;
}

/**
 * Copies a file under a temporary name, flushes it, reads it back and only then gives it its name: what has its name is whole.
 *
 * @throws AppError backup-damaged when the source or what was read back is not what it should be; backup-target-full | backup-target-lost
 */
export async function copyFileVerified({ from, to, sha256 }: CopyFileInput): Promise<CopiedFile> {
  const temporary = join(dirname(to), `${basename(to)}.${randomBytes(4).toString('hex')}${TEMPORARY_SUFFIX}`);
  try {
    const source = await hashWhileCopying(from, temporary);
    if (sha256 !== null && source.sha256 !== sha256) throw new AppError('backup-damaged', { part: basename(from) });
    if ((await hashFile(temporary)).sha256 !== source.sha256) throw new AppError('backup-target-lost');
    await rename(temporary, to);
    await syncFolderAsync(dirname(to));
    return source;
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toTargetError(thrown);
  }
}

async function hashWhileCopying(from: string, to: string): Promise<CopiedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  const target: FileHandle = await open(to, 'wx', 0o600);
  try {
    for await (const chunk of createReadStream(from)) {
      const piece = chunk as Buffer;
      hash.update(piece);
      bytes += piece.byteLength;
      await target.writeFile(piece);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

/** SHA-256 and size of a file as it lies on the disk. */
export async function hashFile(path: string): Promise<CopiedFile> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).byteLength;
  }
  return { sha256: hash.digest('hex'), bytes };
}

/**
 * A stick that was pulled out shows as one of these, by the system and by what was under way: two folders being made in a place that has just gone can
 * meet as EEXIST, which a folder that is there never gives (`mkdir` with its parents).
 */
const LOST = ['EIO', 'ENODEV', 'ENXIO', 'ENOENT', 'EEXIST', 'ENOTDIR', 'EROFS', 'EBADF', 'ESTALE', 'ENOTCONN', 'EACCES', 'EPERM'];

/** What a disk that a backup goes to says, in words that name it and not the computer's own disk. */
export function toTargetError(thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown;
  const code = codeOf(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') return new AppError('backup-target-full', {}, thrown);
  return code !== null && LOST.includes(code) ? new AppError('backup-target-lost', {}, thrown) : thrown;
}
