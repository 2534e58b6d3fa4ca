import type BetterSqlite3 from 'better-sqlite3';

/**
 * Models, runs and the photographs they found. `image` holds the facts of one content and never changes; `image_source` holds
 * one row for each file seen in a run; `image_assignment` says, with its history, whose eye it shows.
 *
 * `image_source` and `patient_reference` are not append-only: paths and outside identifiers can name a person, and erasure must reach them.
 */
export function createImages(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE model (
      seq INTEGER PRIMARY KEY,
      -- The bundle's own id: SHA-256 over its files.
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 64),
      name TEXT NOT NULL,
      card TEXT NOT NULL CHECK (json_valid(card)),
      registered_at INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER model_no_update BEFORE UPDATE ON model BEGIN SELECT RAISE(ABORT, 'append-only: model'); END;
    CREATE TRIGGER model_no_delete BEFORE DELETE ON model BEGIN SELECT RAISE(ABORT, 'append-only: model'); END;

    CREATE TABLE screening_run (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      actor_id TEXT NOT NULL,
      -- What decides whether a stored result may be used again, beside the content.
      model_id TEXT NOT NULL REFERENCES model (id),
      preprocessing TEXT NOT NULL,
      gate TEXT NOT NULL,
      backend TEXT NOT NULL CHECK (backend IN ('onnx', 'tensorflow', 'wasm')),
      -- What makes it the same command: SHA-256 over roots and options.
      command_sha256 BLOB NOT NULL CHECK (length(command_sha256) = 32),
      -- Of the patient list given with it, or NULL.
      list_sha256 BLOB CHECK (length(list_sha256) = 32),
      started_at INTEGER NOT NULL,
      finished_at INTEGER,
      cancelled_at INTEGER,
      other_files INTEGER CHECK (other_files >= 0)
    ) STRICT;
    CREATE INDEX screening_run_open ON screening_run (command_sha256) WHERE finished_at IS NULL;

    CREATE TABLE screening_run_root (
      run_id TEXT NOT NULL REFERENCES screening_run (id),
      position INTEGER NOT NULL CHECK (position >= 0),
      -- Bytes, as the system gives them: a file name need not be text.
      path BLOB NOT NULL,
      PRIMARY KEY (run_id, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE image (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      sha256 BLOB NOT NULL UNIQUE CHECK (length(sha256) = 32),
      byte_size INTEGER NOT NULL CHECK (byte_size > 0),
      format TEXT NOT NULL CHECK (format IN ('jpeg', 'png', 'tiff', 'bmp')),
      -- Pixels after EXIF orientation.
      width INTEGER NOT NULL CHECK (width > 0),
      height INTEGER NOT NULL CHECK (height > 0),
      -- Local time as the camera wrote it, without a zone, and where it stood.
      taken_at_local TEXT,
      taken_at_source TEXT CHECK (taken_at_source IN ('exif')),
      device_id TEXT REFERENCES device (id),
      created_at INTEGER NOT NULL,
      CHECK ((taken_at_local IS NULL) = (taken_at_source IS NULL))
    ) STRICT;
    CREATE TRIGGER image_no_update BEFORE UPDATE ON image BEGIN SELECT RAISE(ABORT, 'append-only: image'); END;
    CREATE TRIGGER image_no_delete BEFORE DELETE ON image BEGIN SELECT RAISE(ABORT, 'append-only: image'); END;

    CREATE TABLE image_source (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      run_id TEXT NOT NULL REFERENCES screening_run (id),
      root_position INTEGER NOT NULL,
      -- Whole path, and its folder: bytes.
      path BLOB NOT NULL,
      folder BLOB NOT NULL,
      size INTEGER,
      modified_at INTEGER,
      sha256 BLOB CHECK (length(sha256) = 32),
      -- Either the image or why there is none.
      image_id TEXT REFERENCES image (id),
      error_code TEXT,
      error_params TEXT CHECK (json_valid(error_params)),
      claimed_patient TEXT,
      claimed_patient_basis TEXT,
      claimed_eye TEXT CHECK (claimed_eye IN ('right', 'left')),
      claimed_eye_basis TEXT,
      -- File to stored result, milliseconds.
      ms REAL CHECK (ms >= 0),
      supersedes_id TEXT UNIQUE REFERENCES image_source (id),
      created_at INTEGER NOT NULL,
      FOREIGN KEY (run_id, root_position) REFERENCES screening_run_root (run_id, position),
      CHECK ((image_id IS NULL) <> (error_code IS NULL)),
      CHECK ((error_code IS NULL) = (error_params IS NULL)),
      CHECK ((claimed_patient IS NULL) = (claimed_patient_basis IS NULL)),
      CHECK ((claimed_eye IS NULL) = (claimed_eye_basis IS NULL))
    ) STRICT;
    -- With the UNIQUE on supersedes_id this makes one chain, and so one current row, for each run and path.
    CREATE UNIQUE INDEX image_source_first ON image_source (run_id, path) WHERE supersedes_id IS NULL;
    CREATE INDEX image_source_path ON image_source (run_id, path, seq);
    CREATE INDEX image_source_image ON image_source (image_id);
    CREATE INDEX image_source_root ON image_source (run_id, root_position);
    CREATE TRIGGER image_source_retry BEFORE INSERT ON image_source WHEN NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM image_source old
      WHERE old.id = NEW.supersedes_id AND old.run_id = NEW.run_id AND old.path = NEW.path
        AND (old.error_code IS NOT NULL OR old.sha256 IS NOT NEW.sha256)
    ) BEGIN SELECT RAISE(ABORT, 'image_source: only a file of the same run that failed or has changed is read again'); END;

    -- What the outside world calls a patient. A number in a file name holds within its own folder and run; a list's entry within its list.
    CREATE TABLE patient_reference (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      patient_id TEXT NOT NULL REFERENCES patient (id),
      scope TEXT NOT NULL CHECK (scope IN ('run', 'list')),
      run_id TEXT REFERENCES screening_run (id),
      folder BLOB,
      list_key TEXT,
      identifier TEXT NOT NULL CHECK (identifier <> ''),
      created_at INTEGER NOT NULL,
      CHECK ((scope = 'run') = (run_id IS NOT NULL)),
      CHECK ((scope = 'run') = (folder IS NOT NULL)),
      CHECK ((scope = 'list') = (list_key IS NOT NULL))
    ) STRICT;
    CREATE UNIQUE INDEX patient_reference_run ON patient_reference (run_id, folder, identifier) WHERE scope = 'run';
    CREATE UNIQUE INDEX patient_reference_list ON patient_reference (site_id, list_key, identifier) WHERE scope = 'list';
    CREATE INDEX patient_reference_patient ON patient_reference (patient_id);

    CREATE TABLE image_assignment (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      image_id TEXT NOT NULL REFERENCES image (id),
      -- NULL: not known. A photograph without a patient stands alone.
      patient_id TEXT REFERENCES patient (id),
      encounter_id TEXT,
      eye TEXT CHECK (eye IN ('right', 'left')),
      -- The protocol's name of the field photographed.
      field TEXT,
      basis TEXT NOT NULL,
      run_id TEXT REFERENCES screening_run (id),
      actor_id TEXT NOT NULL,
      supersedes_id TEXT UNIQUE REFERENCES image_assignment (id),
      created_at INTEGER NOT NULL,
      FOREIGN KEY (encounter_id, patient_id) REFERENCES encounter (id, patient_id),
      CHECK (encounter_id IS NULL OR patient_id IS NOT NULL)
    ) STRICT;
    CREATE UNIQUE INDEX image_assignment_first ON image_assignment (image_id) WHERE supersedes_id IS NULL;
    CREATE INDEX image_assignment_image ON image_assignment (image_id, seq);
    CREATE INDEX image_assignment_patient ON image_assignment (patient_id);
    CREATE INDEX image_assignment_encounter ON image_assignment (encounter_id);
    CREATE TRIGGER image_assignment_chain BEFORE INSERT ON image_assignment WHEN NEW.supersedes_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM image_assignment old WHERE old.id = NEW.supersedes_id AND old.image_id = NEW.image_id
    ) BEGIN SELECT RAISE(ABORT, 'image_assignment: supersedes another image'); END;
    CREATE TRIGGER image_assignment_no_update BEFORE UPDATE ON image_assignment BEGIN SELECT RAISE(ABORT, 'append-only: image_assignment'); END;
    CREATE TRIGGER image_assignment_no_delete BEFORE DELETE ON image_assignment BEGIN SELECT RAISE(ABORT, 'append-only: image_assignment'); END;
    CREATE VIEW image_assignment_current AS
      SELECT * FROM image_assignment a WHERE NOT EXISTS (SELECT 1 FROM image_assignment b WHERE b.supersedes_id = a.id);
  `);
}
