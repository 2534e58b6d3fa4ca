import type BetterSqlite3 from 'better-sqlite3';

/**
 * A series of thousands of photographs is stored in small pieces, so that nobody waits behind it; it exists from the moment it is sealed, and takes no photograph from
 * then on. What a killed or cancelled program left unsealed is seen by nobody and hides nothing from anybody.
 */
export function createSealedCampaigns(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE campaign_seal (
      campaign_id TEXT NOT NULL PRIMARY KEY REFERENCES campaign (id),
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO campaign_seal (campaign_id, created_at) SELECT id, created_at FROM campaign;

    CREATE TRIGGER campaign_item_only_before_seal BEFORE INSERT ON campaign_item
      WHEN EXISTS (SELECT 1 FROM campaign_seal s WHERE s.campaign_id = NEW.campaign_id)
      BEGIN SELECT RAISE(ABORT, 'campaign_item: the campaign is sealed'); END;
    CREATE TRIGGER read_only_after_seal BEFORE INSERT ON read
      WHEN NOT EXISTS (SELECT 1 FROM read_assignment a JOIN campaign_seal s ON s.campaign_id = a.campaign_id WHERE a.id = NEW.assignment_id)
      BEGIN SELECT RAISE(ABORT, 'read: the campaign is not sealed'); END;

    CREATE VIEW sealed_campaign AS SELECT c.* FROM campaign c JOIN campaign_seal s ON s.campaign_id = c.id;
    DROP VIEW read_assignment_open;
    -- Not answered and not taken back. An adjudicator's stays open until the decision; where readers go round until they agree, so do theirs.
    CREATE VIEW read_assignment_open AS
      SELECT a.* FROM read_assignment a JOIN sealed_campaign c ON c.id = a.campaign_id
      WHERE NOT EXISTS (SELECT 1 FROM read_assignment_end e WHERE e.assignment_id = a.id)
        AND NOT EXISTS (SELECT 1 FROM campaign_end e WHERE e.campaign_id = a.campaign_id)
        AND CASE
          WHEN a.kind = 'adjudicate' THEN NOT EXISTS (SELECT 1 FROM adjudication d WHERE d.assignment_id = a.id)
          WHEN NOT EXISTS (SELECT 1 FROM read r WHERE r.assignment_id = a.id) THEN 1
          ELSE c.adjudication = 'round-robin' AND c.kind = 'reading' AND a.kind IN ('read', 'round-robin')
            AND NOT EXISTS (SELECT 1 FROM adjudication d WHERE d.campaign_id = a.campaign_id AND d.image_id = a.image_id)
            AND NOT EXISTS (SELECT 1 FROM agreement_label l WHERE l.campaign_id = a.campaign_id AND l.image_id = a.image_id)
        END;

    CREATE TRIGGER campaign_seal_no_update BEFORE UPDATE ON campaign_seal BEGIN SELECT RAISE(ABORT, 'append-only: campaign_seal'); END;
    CREATE TRIGGER campaign_seal_no_delete BEFORE DELETE ON campaign_seal BEGIN SELECT RAISE(ABORT, 'append-only: campaign_seal'); END;
  `);
}
