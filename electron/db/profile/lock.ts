import BetterSqlite3 from 'better-sqlite3';
import { toStorageError } from '../storage-error';

export interface ProfileLock {
  release: () => void;
}

/**
 * Takes a profile for this process: an exclusive transaction on `lock.db`, held open. The kernel frees the lock with the process, however it ends,
 * so there is no stale lock to clean up after kill -9. Nothing is ever written: the file stays empty. Do not open it by other means in the same
 * process: closing any descriptor of a file drops the process's POSIX locks on it.
 *
 * @throws AppError profile-locked | profile-read-only | disk-full
 */
export function lockProfile(file: string): ProfileLock {
  let db: BetterSqlite3.Database | undefined;
  try {
    db = new BetterSqlite3(file, { timeout: 0 });
    db.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    db?.close();
    throw toStorageError(thrown);
  }
  const held = db;
  return { release: () => held.close() };
}
