import type BetterSqlite3 from 'better-sqlite3';
import type { Migration } from './migrations/migration';

/** The version a database has: 0 when it is empty. */
export function schemaVersion(db: BetterSqlite3.Database): number {
  return Number(db.pragma('user_version', { simple: true }));
}

export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/**
 * Runs what is pending, each in its own transaction together with its version number, so that a power cut leaves the database
 * before or after a migration and never inside one.
 *
 * @throws TypeError when the list is not 1, 2, 3, ...; Error when a migration leaves a reference without its row
 */
export function migrate(db: BetterSqlite3.Database, migrations: readonly Migration[]): void {
  migrations.forEach((migration, index) => {
    if (migration.version !== index + 1)
      throw new TypeError(`migration ${migration.name} stands at ${index + 1}, not ${migration.version}`);
  });
  for (const migration of migrations.slice(schemaVersion(db))) {
    // A table is changed by building it anew, which needs them off (https://www.sqlite.org/lang_altertable.html); the pragma does nothing inside a transaction.
    db.pragma('foreign_keys = OFF');
    try {
      db.transaction(() => {
        migration.update(db);
        const orphans = db.pragma('foreign_key_check') as unknown[];
        if (orphans.length > 0) throw new Error(`migration ${migration.version} ${migration.name} breaks ${orphans.length} foreign keys`);
        db.pragma(`user_version = ${migration.version}`);
      }).exclusive();
    } finally {
      db.pragma('foreign_keys = ON');
    }
  }
}
