import { connect } from './open';
import type { ReadableDatabase } from './sql';
import { toStorageError } from './storage-error';

/** To read the open database from another thread, beside the one writer. */
export interface DatabaseAccess {
  file: string;
  /** 32 bytes. */
  key: Uint8Array;
}

/**
 * Reads with a connection of its own that cannot write, all of it in one state of the database, whatever is stored meanwhile.
 *
 * @throws AppError database-*
 */
export function readBeside<T>({ file, key }: DatabaseAccess, work: (db: ReadableDatabase) => T): T {
  const db = connect(file, key);
  try {
    db.pragma('query_only = ON');
    db.pragma('temp_store = MEMORY');
    return db.transaction(() => work(db as ReadableDatabase)).deferred();
  } catch (thrown) {
    throw toStorageError(thrown);
  } finally {
    db.close();
  }
}
