import type BetterSqlite3 from 'better-sqlite3';

/**
 * What training may trust: which patients are locked away, the frozen data sets, photographs that look alike; the packages in which a doctor reads
 * elsewhere; and the draws of the running audit. All append-only: a data set that was frozen says for ever what it held.
 */
export function createDataSets(db: BetterSqlite3.Database): void {
  db.exec(`
    -- Drawn once, when a patient's first label is frozen, and never again.
    CREATE TABLE patient_partition (
      seq INTEGER PRIMARY KEY,
      site_id TEXT NOT NULL REFERENCES site (id),
      -- The person's id, or the photograph's where no patient is known.
      unit TEXT NOT NULL UNIQUE CHECK (length(unit) = 36),
      part TEXT NOT NULL CHECK (part IN ('train', 'validation', 'locked')),
      -- Among whom it was drawn, and one over the share of them that was drawn into the same part.
      stratum TEXT NOT NULL,
      weight REAL NOT NULL CHECK (weight >= 1),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE dataset (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      version INTEGER NOT NULL UNIQUE CHECK (version > 0),
      origin TEXT NOT NULL CHECK (origin IN ('frozen', 'imported')),
      -- SHA-256 over the sorted lines of its items: names the data set, wherever it is.
      manifest_sha256 BLOB NOT NULL CHECK (length(manifest_sha256) = 32),
      -- Labels that were left out, by reason.
      left_out TEXT NOT NULL CHECK (json_valid(left_out)),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE dataset_item (
      dataset_id TEXT NOT NULL REFERENCES dataset (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      image_sha256 BLOB NOT NULL CHECK (length(image_sha256) = 32),
      -- The patient under a name of this data set only; says nothing about the person.
      subject TEXT NOT NULL CHECK (subject <> ''),
      eye TEXT CHECK (eye IN ('right', 'left')),
      part TEXT NOT NULL CHECK (part IN ('train', 'validation', 'locked')),
      weight REAL NOT NULL CHECK (weight >= 1),
      method TEXT NOT NULL CHECK (method IN ('agreement', 'adjudicated', 'single', 'unknown')),
      certainty REAL NOT NULL CHECK (certainty > 0 AND certainty <= 1),
      gradable INTEGER NOT NULL CHECK (gradable IN (0, 1)),
      grade INTEGER CHECK (grade BETWEEN 0 AND 4),
      macular TEXT,
      referable INTEGER CHECK (referable IN (0, 1)),
      camera TEXT NOT NULL,
      -- Site or source, as a code.
      source TEXT NOT NULL CHECK (source <> ''),
      PRIMARY KEY (dataset_id, image_id),
      CHECK (gradable = 1 OR grade IS NULL),
      CHECK ((gradable = 1) = (referable IS NOT NULL))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX dataset_item_image ON dataset_item (image_id);
    -- All that training, selection and the search for wrong labels may see of a data set.
    CREATE VIEW dataset_open_item AS SELECT * FROM dataset_item WHERE part <> 'locked';

    -- What two photographs are compared by: a perceptual hash, and the cut-out retina, small and grey.
    CREATE TABLE image_fingerprint (
      image_id TEXT NOT NULL REFERENCES image (id),
      version TEXT NOT NULL,
      hash BLOB NOT NULL CHECK (length(hash) = 8),
      pixels BLOB NOT NULL CHECK (length(pixels) = 2304),
      created_at INTEGER NOT NULL,
      PRIMARY KEY (image_id, version)
    ) STRICT, WITHOUT ROWID;
    -- Pairs that look alike, of two patients or of none.
    CREATE TABLE near_duplicate (
      seq INTEGER PRIMARY KEY,
      first_id TEXT NOT NULL REFERENCES image (id),
      second_id TEXT NOT NULL REFERENCES image (id),
      correlation REAL NOT NULL CHECK (correlation BETWEEN -1 AND 1),
      created_at INTEGER NOT NULL,
      UNIQUE (first_id, second_id),
      CHECK (first_id < second_id)
    ) STRICT;
    CREATE INDEX near_duplicate_second ON near_duplicate (second_id);
    CREATE TABLE near_duplicate_decision (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      first_id TEXT NOT NULL REFERENCES image (id),
      second_id TEXT NOT NULL REFERENCES image (id),
      same INTEGER NOT NULL CHECK (same IN (0, 1)),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL,
      CHECK (first_id < second_id)
    ) STRICT;
    CREATE INDEX near_duplicate_decision_pair ON near_duplicate_decision (first_id, second_id, seq);
    CREATE INDEX near_duplicate_decision_second ON near_duplicate_decision (second_id);

    -- Signs the packages that leave this machine. PKCS #8 and raw.
    CREATE TABLE site_key (
      site_id TEXT PRIMARY KEY REFERENCES site (id),
      private_key BLOB NOT NULL,
      public_key BLOB NOT NULL CHECK (length(public_key) = 32),
      created_at INTEGER NOT NULL
    ) STRICT;
    -- Whose packages an administrator has agreed to open.
    CREATE TABLE trusted_site (
      seq INTEGER PRIMARY KEY,
      public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 32),
      site_code TEXT NOT NULL CHECK (length(site_code) = 36),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE reading_package (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      campaign_id TEXT NOT NULL REFERENCES campaign (id),
      reader_id TEXT NOT NULL,
      -- The day by which the answers are expected.
      due_day TEXT NOT NULL CHECK (due_day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX reading_package_campaign ON reading_package (campaign_id);
    CREATE TABLE reading_package_item (
      package_id TEXT NOT NULL REFERENCES reading_package (id),
      assignment_id TEXT NOT NULL REFERENCES read_assignment (id),
      PRIMARY KEY (package_id, assignment_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reading_package_item_assignment ON reading_package_item (assignment_id);
    -- Every answer file that was merged: what it held, what of it was new.
    CREATE TABLE reading_package_return (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      package_id TEXT NOT NULL REFERENCES reading_package (id),
      reads INTEGER NOT NULL CHECK (reads >= 0),
      added INTEGER NOT NULL CHECK (added >= 0),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX reading_package_return_package ON reading_package_return (package_id);

    -- The answers that have come back, by the name they have where they were given: sent twice, they are there once.
    CREATE TABLE reading_package_read (
      package_id TEXT NOT NULL REFERENCES reading_package (id),
      answer_id TEXT NOT NULL CHECK (length(answer_id) = 36),
      read_id TEXT NOT NULL REFERENCES read (id),
      PRIMARY KEY (package_id, answer_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reading_package_read_read ON reading_package_read (read_id);

    -- A package of another site, opened here for its reader.
    CREATE TABLE received_package (
      seq INTEGER PRIMARY KEY,
      -- As the sender named it.
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      sender_key BLOB NOT NULL REFERENCES trusted_site (public_key),
      campaign_id TEXT NOT NULL REFERENCES campaign (id),
      due_day TEXT NOT NULL,
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX received_package_campaign ON received_package (campaign_id);
    CREATE INDEX received_package_sender ON received_package (sender_key);
    CREATE TABLE received_package_item (
      package_id TEXT NOT NULL REFERENCES received_package (id),
      -- The sender's.
      assignment_id TEXT NOT NULL,
      -- Ours.
      own_assignment_id TEXT NOT NULL REFERENCES read_assignment (id),
      PRIMARY KEY (package_id, assignment_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX received_package_item_own ON received_package_item (own_assignment_id);

    -- A month's draw: every positive of the model, and negatives at random.
    CREATE TABLE audit_draw (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      -- The site's month.
      month TEXT NOT NULL UNIQUE CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
      campaign_id TEXT REFERENCES campaign (id),
      positives INTEGER NOT NULL CHECK (positives >= 0),
      negatives INTEGER NOT NULL CHECK (negatives >= 0),
      -- Negatives there were.
      negatives_of INTEGER NOT NULL CHECK (negatives_of >= negatives),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX audit_draw_campaign ON audit_draw (campaign_id);
    CREATE TABLE audit_draw_unit (
      draw_id TEXT NOT NULL REFERENCES audit_draw (id),
      -- The patient, or the photograph without one.
      unit TEXT NOT NULL CHECK (length(unit) = 36),
      image_id TEXT NOT NULL REFERENCES image (id),
      positive INTEGER NOT NULL CHECK (positive IN (0, 1)),
      PRIMARY KEY (draw_id, image_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX audit_draw_unit_unit ON audit_draw_unit (unit);
    CREATE INDEX audit_draw_unit_image ON audit_draw_unit (image_id);
  `);
  for (const table of APPEND_ONLY) {
    for (const verb of ['UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only: ${table}'); END;`,
      );
    }
  }
}

const APPEND_ONLY = [
  'patient_partition',
  'dataset',
  'dataset_item',
  'image_fingerprint',
  'near_duplicate',
  'near_duplicate_decision',
  'site_key',
  'trusted_site',
  'reading_package',
  'reading_package_item',
  'reading_package_read',
  'reading_package_return',
  'received_package',
  'received_package_item',
  'audit_draw',
  'audit_draw_unit',
];
