import type BetterSqlite3 from 'better-sqlite3';

/**
 * What was handed over on paper, which language a clinician has signed, what somebody reported as a problem, and what was carried away as a
 * backup. All append-only.
 */
export function createPapers(db: BetterSqlite3.Database): void {
  db.exec(`
    -- A slip, letter or report of an encounter as it was issued. A new version of the same encounter and kind keeps the number.
    CREATE TABLE slip (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      kind TEXT NOT NULL CHECK (kind IN ('slip', 'letter', 'report')),
      number INTEGER NOT NULL CHECK (number > 0),
      version INTEGER NOT NULL CHECK (version > 0),
      encounter_id TEXT NOT NULL,
      patient_id TEXT NOT NULL,
      -- The one it shows.
      outcome_id TEXT NOT NULL REFERENCES outcome (id),
      -- What the patient is told, as it was printed.
      advice TEXT NOT NULL,
      day TEXT CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
      -- Of a letter; NULL: any eye doctor.
      hospital_id TEXT REFERENCES hospital (id),
      language TEXT NOT NULL CHECK (language <> ''),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      UNIQUE (site_id, number, version),
      FOREIGN KEY (encounter_id, patient_id) REFERENCES encounter (id, patient_id)
    ) STRICT;
    CREATE INDEX slip_encounter ON slip (encounter_id, kind, seq);
    CREATE INDEX slip_outcome ON slip (outcome_id);
    CREATE INDEX slip_hospital ON slip (hospital_id);

    -- Each time it went to a printer or into a file.
    CREATE TABLE slip_print (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      slip_id TEXT NOT NULL REFERENCES slip (id),
      way TEXT NOT NULL CHECK (way IN ('printed', 'saved')),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX slip_print_slip ON slip_print (slip_id, seq);

    CREATE TABLE slip_void (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      slip_id TEXT NOT NULL UNIQUE REFERENCES slip (id),
      reason TEXT NOT NULL CHECK (reason IN ('wrong-patient', 'wrong-result', 'misprint')),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    -- Void: somebody said so, there is a newer version, or the outcome that it shows is no longer in force. No code path can forget that.
    CREATE VIEW slip_state AS
      SELECT s.*,
        EXISTS (SELECT 1 FROM slip later WHERE later.encounter_id = s.encounter_id AND later.kind = s.kind AND later.seq > s.seq) AS replaced,
        CASE WHEN v.reason IS NOT NULL THEN v.reason
          WHEN EXISTS (SELECT 1 FROM outcome o WHERE o.supersedes_id = s.outcome_id) THEN 'superseded'
          WHEN EXISTS (SELECT 1 FROM slip later WHERE later.encounter_id = s.encounter_id AND later.kind = s.kind AND later.seq > s.seq)
            THEN 'superseded' END AS void,
        (SELECT min(p.created_at) FROM slip_print p WHERE p.slip_id = s.id) AS given_at
      FROM slip s LEFT JOIN slip_void v ON v.slip_id = s.id;
    CREATE VIEW slip_current AS SELECT * FROM slip_state WHERE replaced = 0;

    -- A clinician who speaks the language has signed the back-translation of these very words; changed words are a draft again.
    CREATE TABLE language_signature (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      language TEXT NOT NULL CHECK (language <> ''),
      words_sha256 BLOB NOT NULL CHECK (length(words_sha256) = 32),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE problem_report (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      kind TEXT NOT NULL CHECK (kind IN ('missed', 'false-alarm', 'wrong-patient', 'wrong-eye', 'wrong-words', 'cannot-work', 'other')),
      -- What it is about, where it is about one.
      subject TEXT CHECK (subject IN ('encounter', 'run', 'image')),
      subject_id TEXT,
      -- Somebody was or could have been harmed.
      harm INTEGER NOT NULL CHECK (harm IN (0, 1)),
      -- Words can name a person: where the patient is known they are sealed under the patient's key, so that erasure reaches them.
      words TEXT CHECK (length(words) <= 2000),
      patient_id TEXT REFERENCES patient (id),
      words_sealed BLOB,
      -- Version, model and backend at that moment.
      facts TEXT NOT NULL CHECK (json_valid(facts)),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      CHECK ((subject IS NULL) = (subject_id IS NULL)),
      CHECK (words IS NULL OR words_sealed IS NULL),
      CHECK ((words_sealed IS NULL) OR patient_id IS NOT NULL)
    ) STRICT;
    CREATE INDEX problem_report_patient ON problem_report (patient_id);

    CREATE TABLE backup_made (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      snapshot TEXT NOT NULL CHECK (snapshot <> ''),
      -- Photograph files in it, and bytes that were copied this time.
      files INTEGER NOT NULL CHECK (files >= 0),
      copied_bytes INTEGER NOT NULL CHECK (copied_bytes >= 0),
      -- The moment that it shows.
      taken_at INTEGER NOT NULL,
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
  `);
  for (const table of ['slip', 'slip_print', 'slip_void', 'language_signature', 'problem_report', 'backup_made']) {
    for (const verb of ['UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only: ${table}'); END;`,
      );
    }
  }
}
