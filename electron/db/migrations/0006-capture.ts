import type BetterSqlite3 from 'better-sqlite3';

/**
 * What a technician does at the camera: files that came in, what was said of an eye, drops, what was put right, raised or appealed. All
 * append-only but `capture_file`: a file's name can name a person, and erasure must reach it.
 */
export function createCapture(db: BetterSqlite3.Database): void {
  db.exec(`
    -- One row for each file that came in, whatever became of it.
    CREATE TABLE capture_file (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      way TEXT NOT NULL CHECK (way IN ('files', 'drop', 'hot-folder', 'card')),
      actor_id TEXT NOT NULL,
      -- Whole path as bytes, and its last part as text for display.
      path BLOB NOT NULL,
      name TEXT NOT NULL,
      size INTEGER,
      modified_at INTEGER,
      sha256 BLOB CHECK (length(sha256) = 32),
      -- Either the image or why there is none.
      image_id TEXT REFERENCES image (id),
      error_code TEXT,
      error_params TEXT CHECK (json_valid(error_params)),
      -- What its name says, as written.
      claimed_patient TEXT,
      claimed_eye TEXT CHECK (claimed_eye IN ('right', 'left')),
      -- Where it was put when it came; NULL: the tray, and why.
      encounter_id TEXT REFERENCES encounter (id),
      waits_because TEXT,
      -- File seen to result stored, milliseconds.
      ms REAL NOT NULL CHECK (ms >= 0),
      created_at INTEGER NOT NULL,
      CHECK ((image_id IS NULL) <> (error_code IS NULL)),
      CHECK ((error_code IS NULL) = (error_params IS NULL)),
      CHECK ((encounter_id IS NULL) = (waits_because IS NOT NULL))
    ) STRICT;
    CREATE INDEX capture_file_path ON capture_file (path, seq);
    CREATE INDEX capture_file_image ON capture_file (image_id, seq);
    CREATE INDEX capture_file_encounter ON capture_file (encounter_id);
    CREATE INDEX capture_file_claim ON capture_file (claimed_patient, created_at) WHERE claimed_patient IS NOT NULL;
    CREATE INDEX capture_file_waiting ON capture_file (seq) WHERE waits_because IS NOT NULL;
    CREATE INDEX capture_file_error ON capture_file (seq) WHERE error_code IS NOT NULL;

    -- A file that a person has set aside: it stays stored and no longer waits.
    CREATE TABLE capture_dismissal (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      file_id TEXT NOT NULL UNIQUE REFERENCES capture_file (id),
      reason TEXT NOT NULL CHECK (reason IN ('not-a-patient', 'taken-again', 'double')),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE eye_statement (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      encounter_id TEXT NOT NULL REFERENCES encounter (id),
      eye TEXT NOT NULL CHECK (eye IN ('right', 'left')),
      -- absent and prosthesis excuse the eye, opaque and not-possible refer.
      state TEXT NOT NULL CHECK (state IN ('present', 'absent', 'prosthesis', 'opaque', 'not-possible')),
      -- Of not-possible.
      reason TEXT,
      actor_id TEXT NOT NULL,
      supersedes_id TEXT UNIQUE REFERENCES eye_statement (id),
      created_at INTEGER NOT NULL,
      CHECK ((state = 'not-possible') = (reason IS NOT NULL))
    ) STRICT;
    CREATE UNIQUE INDEX eye_statement_first ON eye_statement (encounter_id, eye) WHERE supersedes_id IS NULL;
    CREATE TRIGGER eye_statement_chain BEFORE INSERT ON eye_statement WHEN NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM eye_statement old WHERE old.id = NEW.supersedes_id AND old.encounter_id = NEW.encounter_id AND old.eye = NEW.eye
    ) BEGIN SELECT RAISE(ABORT, 'eye_statement: supersedes another eye'); END;
    CREATE VIEW eye_statement_current AS
      SELECT * FROM eye_statement a WHERE NOT EXISTS (SELECT 1 FROM eye_statement b WHERE b.supersedes_id = a.id);

    -- A doctor's order that lets technicians give drops, until it is withdrawn or has run out.
    CREATE TABLE standing_order (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      doctor_id TEXT NOT NULL,
      drug TEXT NOT NULL CHECK (drug <> ''),
      strength TEXT NOT NULL CHECK (strength <> ''),
      valid_until INTEGER NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE standing_order_withdrawal (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      order_id TEXT NOT NULL UNIQUE REFERENCES standing_order (id),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    -- The checklist before drops, answered; given = 0 where an answer forbade them.
    CREATE TABLE dilation (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      encounter_id TEXT NOT NULL REFERENCES encounter (id),
      order_id TEXT NOT NULL REFERENCES standing_order (id),
      checklist TEXT NOT NULL CHECK (json_valid(checklist)),
      given INTEGER NOT NULL CHECK (given IN (0, 1)),
      batch TEXT,
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      CHECK (given = 0 OR batch <> '')
    ) STRICT;
    CREATE INDEX dilation_encounter ON dilation (encounter_id);
    CREATE INDEX dilation_order ON dilation (order_id);

    -- A technician raises a result; nobody but a doctor's read takes it back.
    CREATE TABLE result_raise (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      encounter_id TEXT NOT NULL REFERENCES encounter (id),
      urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
      reason TEXT NOT NULL CHECK (reason <> ''),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX result_raise_encounter ON result_raise (encounter_id);

    -- "This photograph can be read": a technician's objection to the gate, for a doctor.
    CREATE TABLE quality_appeal (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      encounter_id TEXT NOT NULL REFERENCES encounter (id),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      UNIQUE (image_id, encounter_id)
    ) STRICT;
    CREATE INDEX quality_appeal_encounter ON quality_appeal (encounter_id);

    -- What was put right after the fact; the assignments and outcomes themselves supersede.
    CREATE TABLE capture_correction (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      kind TEXT NOT NULL CHECK (kind IN ('move', 'swap-eyes', 'wrong-patient', 'set-eye')),
      encounter_id TEXT NOT NULL REFERENCES encounter (id),
      -- Where the photographs went, when to another patient.
      to_encounter_id TEXT REFERENCES encounter (id),
      images INTEGER NOT NULL CHECK (images > 0),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX capture_correction_encounter ON capture_correction (encounter_id);
    CREATE INDEX capture_correction_to_encounter ON capture_correction (to_encounter_id);

    -- Where the optic disc was seen: a warning beside the named eye, never a correction of it.
    CREATE TABLE disc_position (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      locator TEXT NOT NULL,
      -- From the middle of the retina in its radii; right and down are positive.
      x REAL NOT NULL,
      y REAL NOT NULL,
      -- 0..1; what is not sure warns of nothing.
      confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
      created_at INTEGER NOT NULL,
      UNIQUE (image_id, locator)
    ) STRICT;

    -- Within an encounter every subject has one chain, and so one outcome in force.
    CREATE UNIQUE INDEX outcome_first_of_encounter ON outcome (encounter_id, level, coalesce(eye, ''))
      WHERE supersedes_id IS NULL AND run_id IS NULL AND encounter_id IS NOT NULL;
  `);
  const appendOnly = [
    'capture_dismissal',
    'eye_statement',
    'standing_order',
    'standing_order_withdrawal',
    'dilation',
    'result_raise',
    'quality_appeal',
    'capture_correction',
    'disc_position',
  ];
  for (const table of appendOnly) {
    for (const verb of ['UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only: ${table}'); END;`,
      );
    }
  }
}
