import type BetterSqlite3 from 'better-sqlite3';

/**
 * Where the work is done, who is examined, and the two records every later table leans on: settings and the audit log.
 *
 * Conventions of every table: `seq` gives the order (clocks jump, ids are for machines), `id` is a UUIDv7 that is unique on
 * every site, instants are UTC milliseconds, codes instead of text, `site_id` on rows that travel.
 */
export function createSiteAndPatients(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE site (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      -- 1 on the site this profile belongs to; others arrive in packages.
      own INTEGER NOT NULL CHECK (own IN (0, 1)),
      mode TEXT NOT NULL CHECK (mode IN ('training', 'doctor-reads-all', 'ai-result-issued')),
      guideline TEXT NOT NULL,
      protocol TEXT NOT NULL,
      -- IANA name: "today" is the site's day.
      time_zone TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX site_own ON site (own) WHERE own = 1;

    CREATE TABLE device (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      -- Maker and model as the camera writes them into its files.
      camera TEXT NOT NULL CHECK (camera <> ''),
      created_at INTEGER NOT NULL,
      UNIQUE (site_id, camera)
    ) STRICT;

    CREATE TABLE patient (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      -- Random, with a check digit: says nothing about the person or the order of arrival.
      short_id TEXT NOT NULL UNIQUE CHECK (length(short_id) = 8),
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE encounter (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL REFERENCES patient (id),
      started_at INTEGER NOT NULL,
      -- Lets an assignment prove that its encounter is its patient's.
      UNIQUE (id, patient_id)
    ) STRICT;
    CREATE INDEX encounter_patient ON encounter (patient_id);

    -- Hash-chained: hash = SHA-256 over the row and the hash before it. Ids and codes only, never a name or a path.
    CREATE TABLE audit_event (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      at INTEGER NOT NULL,
      actor_id TEXT NOT NULL,
      action TEXT NOT NULL,
      record_type TEXT NOT NULL,
      record_id TEXT NOT NULL,
      details TEXT NOT NULL CHECK (json_valid(details)),
      previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
      hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32)
    ) STRICT;
    CREATE INDEX audit_event_record ON audit_event (record_type, record_id);
    CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT RAISE(ABORT, 'append-only: audit_event'); END;
    CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'append-only: audit_event'); END;

    CREATE TABLE setting (
      seq INTEGER PRIMARY KEY,
      key TEXT NOT NULL UNIQUE,
      value TEXT NOT NULL CHECK (json_valid(value)),
      updated_at INTEGER NOT NULL
    ) STRICT;
  `);
}
