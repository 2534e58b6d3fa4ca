import BetterSqlite3 from 'better-sqlite3';
import { existsSync } from 'node:fs';
import { AppError } from '../shared/errors';
import { backUpBeforeMigration, listBackups } from './backup';
import { latestVersion, migrate, schemaVersion } from './migrate';
import type { Migration } from './migrations/migration';
import { MIGRATIONS } from './migrations/registry';
import type { WritableDatabase } from './sql';
import { codeOf, toStorageError } from './storage-error';

export interface DatabaseLocation {
  file: string;
  /** 32 bytes, used as they are (no key derivation: they are random). */
  key: Uint8Array;
  /** Where the copy made before a migration goes. */
  backupFolder: string;
  /** True when the database was there before: an absent or empty file is then damage and not a fresh start. */
  mustExist: boolean;
}

/**
 * Opens, checks, backs up, migrates. The caller holds the profile's lock: nobody else has the file open.
 *
 * @throws AppError database-wrong-key | database-damaged {backups} | database-from-future {found, supported} | disk-full | profile-read-only
 */
export function openDatabase(location: DatabaseLocation, migrations: readonly Migration[] = MIGRATIONS): WritableDatabase {
  let db: BetterSqlite3.Database | undefined;
  try {
    if (location.mustExist && !existsSync(location.file)) throw damaged(location);
    db = connect(location.file, location.key);
    const found = unlock(db);
    const supported = latestVersion(migrations);
    // Before anything is written: a database that we do not understand stays byte for byte as it is.
    if (found > supported) throw new AppError('database-from-future', { found, supported });
    if (location.mustExist && found === 0) throw damaged(location);
    if (!isSound(db)) throw damaged(location);
    if (found > 0 && found < supported) {
      // Closed for the copy: closing folds the write-ahead log into the file, and reading an open database's file by other means would drop its locks.
      db.close();
      backUpBeforeMigration({ ...location, version: found });
      db = connect(location.file, location.key);
      unlock(db);
    }
    configure(db);
    migrate(db, migrations);
    return db as WritableDatabase;
  } catch (thrown) {
    db?.close();
    const error = toStorageError(thrown);
    throw error instanceof AppError && error.code === 'database-damaged' ? damaged(location, error) : error;
  }
}

/** SQLCipher's format and the raw key; nothing is read yet. */
export function connect(file: string, key: Uint8Array): BetterSqlite3.Database {
  if (key.byteLength !== 32) throw new TypeError('a database key has 32 bytes');
  const db = new BetterSqlite3(file, { timeout: 5_000 });
  try {
    db.pragma("cipher = 'sqlcipher'");
    db.pragma(`key = "x'${Buffer.from(key).toString('hex')}'"`);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** First read. Every page is authenticated, so a wrong key and a damaged first page look alike here; a profile tells them apart. */
function unlock(db: BetterSqlite3.Database): number {
  try {
    return schemaVersion(db);
  } catch (thrown) {
    throw codeOf(thrown) === 'SQLITE_NOTADB' ? new AppError('database-wrong-key', {}, thrown) : thrown;
  }
}

function isSound(db: BetterSqlite3.Database): boolean {
  const report = db.pragma('quick_check(1)', { simple: true });
  return report === 'ok' && (db.pragma('foreign_key_check') as unknown[]).length === 0;
}

function configure(db: BetterSqlite3.Database): void {
  db.pragma('journal_mode = WAL');
  // Power can fail at any instant: a commit has reached the disk, on macOS past the drive's cache too.
  db.pragma('synchronous = FULL');
  db.pragma('fullfsync = ON');
  db.pragma('checkpoint_fullfsync = ON');
  // The commit that fills the log folds it into the file before it returns: a megabyte at a time, not four, so that nothing waits long for it.
  db.pragma('wal_autocheckpoint = 250');
  db.pragma('foreign_keys = ON');
  // Without it INSERT OR REPLACE would delete a row past the append-only triggers.
  db.pragma('recursive_triggers = ON');
  // Temporary tables and sorts never touch the disk: they would lie there in clear.
  db.pragma('temp_store = MEMORY');
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
}

function damaged(location: DatabaseLocation, cause?: unknown): AppError {
  return new AppError('database-damaged', { backups: listBackups(location.backupFolder).length }, cause);
}
