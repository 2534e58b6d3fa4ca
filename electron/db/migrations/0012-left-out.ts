import type BetterSqlite3 from 'better-sqlite3';

/** What a campaign did not take, so that nothing is missing without a reason. */
export function createLeftOut(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE campaign_left_out (
      campaign_id TEXT NOT NULL REFERENCES campaign (id),
      reason TEXT NOT NULL CHECK (reason IN ('not-retina', 'unchecked', 'no-consent', 'not-declared', 'not-scored')),
      images INTEGER NOT NULL CHECK (images > 0),
      PRIMARY KEY (campaign_id, reason)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER campaign_left_out_no_update BEFORE UPDATE ON campaign_left_out
      BEGIN SELECT RAISE(ABORT, 'append-only: campaign_left_out'); END;
    CREATE TRIGGER campaign_left_out_no_delete BEFORE DELETE ON campaign_left_out
      BEGIN SELECT RAISE(ABORT, 'append-only: campaign_left_out'); END;
  `);
}
