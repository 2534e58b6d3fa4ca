import type BetterSqlite3 from 'better-sqlite3';

/**
 * Which model is in use and why: what the promotion gate measured, on which photographs, who answered for it, what was taken back, and whom
 * a model that was taken back had sent home. All append-only.
 */
export function createModelHistory(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE promotion (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      candidate_id TEXT NOT NULL REFERENCES model (id),
      -- The model in use when the candidate was examined.
      active_id TEXT NOT NULL REFERENCES model (id),
      -- Over the sorted rows of promotion_image: names the test set.
      test_set_sha256 BLOB NOT NULL CHECK (length(test_set_sha256) = 32),
      verdict TEXT NOT NULL CHECK (verdict IN ('passed', 'not-validated-here', 'refused')),
      -- Reasons and notes as codes with parameters.
      reasons TEXT NOT NULL CHECK (json_valid(reasons)),
      actor_id TEXT NOT NULL,
      countersigned_by TEXT,
      created_at INTEGER NOT NULL,
      CHECK (candidate_id <> active_id),
      CHECK (verdict = 'refused' OR (countersigned_by IS NOT NULL AND countersigned_by <> actor_id))
    ) STRICT;
    CREATE INDEX promotion_candidate ON promotion (candidate_id);
    CREATE INDEX promotion_active ON promotion (active_id);

    -- What the gate looked at: an outside identifier is kept as its hash, for it can name a person.
    CREATE TABLE promotion_image (
      promotion_id TEXT NOT NULL REFERENCES promotion (id),
      image_sha256 BLOB NOT NULL CHECK (length(image_sha256) = 32),
      patient_sha256 BLOB NOT NULL CHECK (length(patient_sha256) = 32),
      referable INTEGER NOT NULL CHECK (referable IN (0, 1)),
      -- How the label came about.
      method TEXT NOT NULL,
      PRIMARY KEY (promotion_id, image_sha256)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX promotion_image_content ON promotion_image (image_sha256);

    CREATE TABLE evaluation (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      promotion_id TEXT NOT NULL REFERENCES promotion (id),
      model_id TEXT NOT NULL REFERENCES model (id),
      preprocessing TEXT NOT NULL,
      gate TEXT NOT NULL,
      backend TEXT NOT NULL CHECK (backend IN ('onnx', 'tensorflow', 'wasm')),
      device TEXT NOT NULL,
      figures TEXT NOT NULL CHECK (json_valid(figures)),
      created_at INTEGER NOT NULL,
      UNIQUE (promotion_id, model_id)
    ) STRICT;

    CREATE TABLE model_activation (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      promotion_id TEXT NOT NULL UNIQUE REFERENCES promotion (id),
      model_id TEXT NOT NULL REFERENCES model (id),
      validated INTEGER NOT NULL CHECK (validated IN (0, 1)),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TRIGGER model_activation_by_gate BEFORE INSERT ON model_activation WHEN NOT EXISTS (
      SELECT 1 FROM promotion p WHERE p.id = NEW.promotion_id AND p.candidate_id = NEW.model_id
        AND p.verdict = CASE NEW.validated WHEN 1 THEN 'passed' ELSE 'not-validated-here' END
    ) BEGIN SELECT RAISE(ABORT, 'model_activation: the gate did not say so'); END;

    -- Takes back the newest activation that still stands; the one before it, or the model shipped with the program, is in use again.
    CREATE TABLE model_rollback (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      activation_id TEXT NOT NULL UNIQUE REFERENCES model_activation (id),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;

    -- Every "no referral" in force that the model taken back had issued.
    CREATE TABLE recall (
      rollback_id TEXT NOT NULL REFERENCES model_rollback (id),
      outcome_id TEXT NOT NULL REFERENCES outcome (id),
      PRIMARY KEY (rollback_id, outcome_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX recall_outcome ON recall (outcome_id);

    -- What the model now in use says of the same photographs.
    CREATE TABLE recall_rescore (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      rollback_id TEXT NOT NULL,
      outcome_id TEXT NOT NULL,
      model_id TEXT NOT NULL REFERENCES model (id),
      result TEXT NOT NULL CHECK (result IN ('refer', 'no-refer', 'ungradable', 'incomplete')),
      urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
      created_at INTEGER NOT NULL,
      UNIQUE (rollback_id, outcome_id),
      FOREIGN KEY (rollback_id, outcome_id) REFERENCES recall (rollback_id, outcome_id)
    ) STRICT;
  `);
  for (const table of ['promotion', 'promotion_image', 'evaluation', 'model_activation', 'model_rollback', 'recall', 'recall_rescore']) {
    for (const verb of ['UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only: ${table}'); END;`,
      );
    }
  }
}
