import { AppError, type ErrorCode } from '../shared/errors';

/**
 * What SQLite (https://www.sqlite.org/rescode.html) and the file system say, as our codes. A prefix stands for its
 * extended codes. IOERR_SHMSIZE is how a full disk shows when the shared-memory file of the WAL cannot grow.
 */
const CODES: readonly (readonly [prefix: string, code: ErrorCode])[] = [
  ['SQLITE_FULL', 'disk-full'],
  ['SQLITE_IOERR_SHMSIZE', 'disk-full'],
  ['SQLITE_READONLY', 'profile-read-only'],
  ['SQLITE_CANTOPEN', 'profile-read-only'],
  ['SQLITE_PERM', 'profile-read-only'],
  ['SQLITE_BUSY', 'profile-locked'],
  ['SQLITE_LOCKED', 'profile-locked'],
  ['SQLITE_CORRUPT', 'database-damaged'],
  ['SQLITE_NOTADB', 'database-damaged'],
  // A page whose authentication code is wrong reads as an input/output error in the encrypted build.
  ['SQLITE_IOERR_READ', 'database-damaged'],
  ['SQLITE_IOERR_SHORT_READ', 'database-damaged'],
  ['SQLITE_IOERR_DATA', 'database-damaged'],
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
  ['EROFS', 'profile-read-only'],
  ['EACCES', 'profile-read-only'],
  ['EPERM', 'profile-read-only'],
];

/** The AppError for a failure of storage; anything else (an AppError, a broken constraint, a defect of ours) comes back as it was. */
export function toStorageError(thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown;
  const code = codeOf(thrown);
  const match = code === null ? undefined : CODES.find(([prefix]) => code.startsWith(prefix));
  return match ? new AppError(match[1], {}, thrown) : thrown;
}

/** `code` of an error of SQLite or the system, else null. */
export function codeOf(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || !('code' in thrown)) return null;
  return typeof thrown.code === 'string' ? thrown.code : null;
}
