import type BetterSqlite3 from 'better-sqlite3';

/** Who works here, with which roles; what a site is called and whom its patients call; who broke the glass. */
export function createAccounts(db: BetterSqlite3.Database): void {
  db.exec(`
    ALTER TABLE site ADD COLUMN name TEXT NOT NULL DEFAULT '';
    ALTER TABLE site ADD COLUMN contact TEXT NOT NULL DEFAULT '';
    -- Of slips and letters, as a JSON list of codes.
    ALTER TABLE site ADD COLUMN languages TEXT NOT NULL DEFAULT '["en"]' CHECK (json_valid(languages));
    ALTER TABLE site ADD COLUMN idle_lock_minutes INTEGER NOT NULL DEFAULT 5 CHECK (idle_lock_minutes BETWEEN 1 AND 60);

    -- The audit log names people by these ids for ever: a row may change, and is never deleted.
    CREATE TABLE app_user (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      login TEXT NOT NULL UNIQUE CHECK (login <> ''),
      display_name TEXT NOT NULL CHECK (display_name <> ''),
      technician INTEGER NOT NULL CHECK (technician IN (0, 1)),
      doctor INTEGER NOT NULL CHECK (doctor IN (0, 1)),
      admin INTEGER NOT NULL CHECK (admin IN (0, 1)),
      state TEXT NOT NULL CHECK (state IN ('active', 'left')),
      must_change_password INTEGER NOT NULL CHECK (must_change_password IN (0, 1)),
      -- scrypt over the PIN: it opens a locked screen while the vault is open, and here it can be read only then.
      pin_salt BLOB CHECK (length(pin_salt) = 16),
      pin_hash BLOB CHECK (length(pin_hash) = 32),
      created_at INTEGER NOT NULL,
      CHECK (technician + doctor + admin > 0),
      CHECK ((pin_salt IS NULL) = (pin_hash IS NULL))
    ) STRICT;
    CREATE TRIGGER app_user_no_delete BEFORE DELETE ON app_user BEGIN SELECT RAISE(ABORT, 'append-only: app_user'); END;
    CREATE TRIGGER app_user_keeps_identity BEFORE UPDATE OF id, login, created_at ON app_user
      BEGIN SELECT RAISE(ABORT, 'append-only: app_user'); END;

    -- Who opened the vault with the sealed code, and why, in their own words. Here and not in the audit log, which holds ids only.
    CREATE TABLE break_glass_use (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      person TEXT NOT NULL CHECK (person <> ''),
      reason TEXT NOT NULL CHECK (reason <> ''),
      at INTEGER NOT NULL,
      -- The administrator who has looked into it; until then every screen shows it.
      seen_by TEXT REFERENCES app_user (id),
      seen_at INTEGER,
      CHECK ((seen_by IS NULL) = (seen_at IS NULL))
    ) STRICT;
    CREATE INDEX break_glass_use_seen_by ON break_glass_use (seen_by);
    CREATE TRIGGER break_glass_use_no_delete BEFORE DELETE ON break_glass_use
      BEGIN SELECT RAISE(ABORT, 'append-only: break_glass_use'); END;
    CREATE TRIGGER break_glass_use_keeps_facts BEFORE UPDATE OF id, site_id, person, reason, at ON break_glass_use
      BEGIN SELECT RAISE(ABORT, 'append-only: break_glass_use'); END;
  `);
}
