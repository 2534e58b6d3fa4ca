import type BetterSqlite3 from 'better-sqlite3';

/** What the gate and the network said of a photograph, and what was concluded. All append-only: a correction is a new row that supersedes. */
export function createResults(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE quality_check (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      preprocessing TEXT NOT NULL,
      gate TEXT NOT NULL,
      kind TEXT NOT NULL CHECK (kind IN ('retina', 'not-fundus')),
      -- 0..1, higher is better.
      score REAL NOT NULL CHECK (score BETWEEN 0 AND 1),
      gradable INTEGER NOT NULL CHECK (gradable IN (0, 1)),
      reasons TEXT NOT NULL CHECK (json_valid(reasons)),
      -- The retina's circle in oriented pixels of the original, or NULL.
      retina TEXT CHECK (json_valid(retina)),
      ms REAL NOT NULL CHECK (ms >= 0),
      created_at INTEGER NOT NULL,
      UNIQUE (image_id, preprocessing, gate),
      CHECK (kind = 'retina' OR gradable = 0)
    ) STRICT;
    CREATE TRIGGER quality_check_no_update BEFORE UPDATE ON quality_check BEGIN SELECT RAISE(ABORT, 'append-only: quality_check'); END;
    CREATE TRIGGER quality_check_no_delete BEFORE DELETE ON quality_check BEGIN SELECT RAISE(ABORT, 'append-only: quality_check'); END;

    CREATE TABLE prediction (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      image_id TEXT NOT NULL,
      model_id TEXT NOT NULL REFERENCES model (id),
      preprocessing TEXT NOT NULL,
      gate TEXT NOT NULL,
      backend TEXT NOT NULL CHECK (backend IN ('onnx', 'tensorflow', 'wasm')),
      -- As the engine named it: library, version, processor.
      device TEXT NOT NULL,
      -- Raw, before temperature.
      logits TEXT NOT NULL CHECK (json_valid(logits)),
      -- P(grade >= 1..4), calibrated, none greater than the one before. A two-class head fills p2 alone.
      p1 REAL CHECK (p1 BETWEEN 0 AND 1),
      p2 REAL NOT NULL CHECK (p2 BETWEEN 0 AND 1),
      p3 REAL CHECK (p3 BETWEEN 0 AND 1),
      p4 REAL CHECK (p4 BETWEEN 0 AND 1),
      heat_map_rows INTEGER NOT NULL CHECK (heat_map_rows > 0),
      heat_map_columns INTEGER NOT NULL CHECK (heat_map_columns > 0),
      -- Little-endian float32, row-major.
      heat_map BLOB NOT NULL CHECK (length(heat_map) = 4 * heat_map_rows * heat_map_columns),
      ms REAL NOT NULL CHECK (ms >= 0),
      created_at INTEGER NOT NULL,
      UNIQUE (image_id, model_id, preprocessing, gate, backend),
      FOREIGN KEY (image_id, preprocessing, gate) REFERENCES quality_check (image_id, preprocessing, gate),
      CHECK (p1 IS NULL OR p1 >= p2),
      CHECK (p3 IS NULL OR p3 <= p2),
      CHECK (p4 IS NULL OR p4 <= coalesce(p3, p2))
    ) STRICT;
    CREATE INDEX prediction_quality_check ON prediction (image_id, preprocessing, gate);
    CREATE INDEX prediction_model ON prediction (model_id);
    CREATE TRIGGER prediction_of_a_retina BEFORE INSERT ON prediction WHEN EXISTS (
      SELECT 1 FROM quality_check q
      WHERE q.image_id = NEW.image_id AND q.preprocessing = NEW.preprocessing AND q.gate = NEW.gate AND q.kind = 'not-fundus'
    ) BEGIN SELECT RAISE(ABORT, 'prediction: what is not a retina is never scored'); END;
    CREATE TRIGGER prediction_no_update BEFORE UPDATE ON prediction BEGIN SELECT RAISE(ABORT, 'append-only: prediction'); END;
    CREATE TRIGGER prediction_no_delete BEFORE DELETE ON prediction BEGIN SELECT RAISE(ABORT, 'append-only: prediction'); END;

    CREATE TABLE outcome (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      run_id TEXT REFERENCES screening_run (id),
      encounter_id TEXT REFERENCES encounter (id),
      level TEXT NOT NULL CHECK (level IN ('image', 'eye', 'patient')),
      -- An eye or patient without a known patient is the photograph that stands alone.
      patient_id TEXT REFERENCES patient (id),
      image_id TEXT REFERENCES image (id),
      eye TEXT CHECK (eye IN ('right', 'left')),
      -- Who concluded: the program, a technician (may raise only), a doctor.
      source TEXT NOT NULL CHECK (source IN ('ai', 'technician', 'doctor')),
      actor_id TEXT NOT NULL,
      result TEXT NOT NULL CHECK (result IN ('refer', 'no-refer', 'ungradable', 'incomplete', 'refer-ungradable')),
      urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
      reasons TEXT NOT NULL CHECK (json_valid(reasons)),
      -- What it rests on: model, operating point, thresholds in force.
      basis TEXT NOT NULL CHECK (json_valid(basis)),
      supersedes_id TEXT UNIQUE REFERENCES outcome (id),
      created_at INTEGER NOT NULL,
      -- One subject: a patient, or a photograph.
      CHECK ((patient_id IS NULL) <> (image_id IS NULL)),
      CHECK (level <> 'image' OR image_id IS NOT NULL),
      CHECK ((level = 'eye') = (eye IS NOT NULL)),
      CHECK (level = 'image' OR result <> 'refer-ungradable'),
      CHECK (level <> 'image' OR result NOT IN ('ungradable', 'incomplete'))
    ) STRICT;
    -- Within a run every subject has one chain, and so one outcome in force.
    CREATE UNIQUE INDEX outcome_first ON outcome (run_id, level, coalesce(patient_id, image_id), coalesce(eye, ''))
      WHERE supersedes_id IS NULL AND run_id IS NOT NULL;
    CREATE INDEX outcome_run ON outcome (run_id, level);
    CREATE INDEX outcome_patient ON outcome (patient_id);
    CREATE INDEX outcome_image ON outcome (image_id);
    CREATE INDEX outcome_encounter ON outcome (encounter_id);
    CREATE TRIGGER outcome_chain BEFORE INSERT ON outcome WHEN NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM outcome old
      WHERE old.id = NEW.supersedes_id AND old.level = NEW.level AND old.eye IS NEW.eye
        AND old.patient_id IS NEW.patient_id AND old.image_id IS NEW.image_id
    ) BEGIN SELECT RAISE(ABORT, 'outcome: supersedes another subject'); END;
    CREATE TRIGGER outcome_no_update BEFORE UPDATE ON outcome BEGIN SELECT RAISE(ABORT, 'append-only: outcome'); END;
    CREATE TRIGGER outcome_no_delete BEFORE DELETE ON outcome BEGIN SELECT RAISE(ABORT, 'append-only: outcome'); END;
    CREATE VIEW outcome_current AS
      SELECT * FROM outcome a WHERE NOT EXISTS (SELECT 1 FROM outcome b WHERE b.supersedes_id = a.id);
  `);
}
