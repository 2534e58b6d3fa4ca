import type BetterSqlite3 from 'better-sqlite3';

/**
 * One step of the schema. A migration is frozen once released and imports no code of the application: what it says must
 * mean the same in ten years. It runs in one transaction with foreign keys off; they are checked before it commits.
 */
export interface Migration {
  /** Rises by one; `PRAGMA user_version` after it has run. */
  version: number;
  name: string;
  update: (db: BetterSqlite3.Database) => void;
}
