import type BetterSqlite3 from 'better-sqlite3';

/**
 * Trainings on this machine: what was asked for, the curve (a row an epoch) and what happened, in order; and measurements on locked test patients. All
 * append-only: a run's state is its newest event.
 */
export function createTrainingRuns(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE training_run (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      actor_id TEXT NOT NULL,
      -- Source of the photographs, recipe by name, model it goes on from, seed, epochs.
      request TEXT NOT NULL CHECK (json_valid(request)),
      -- The recipe as it was then.
      recipe TEXT NOT NULL CHECK (json_valid(recipe)),
      epochs INTEGER NOT NULL CHECK (epochs > 0),
      created_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE training_epoch (
      run_id TEXT NOT NULL REFERENCES training_run (id),
      epoch INTEGER NOT NULL CHECK (epoch >= 0),
      facts TEXT NOT NULL CHECK (json_valid(facts)),
      created_at INTEGER NOT NULL,
      PRIMARY KEY (run_id, epoch)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE training_event (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      run_id TEXT NOT NULL REFERENCES training_run (id),
      kind TEXT NOT NULL CHECK (kind IN ('started', 'set', 'device', 'note', 'paused', 'resumed', 'cancelled', 'failed', 'finished')),
      details TEXT NOT NULL CHECK (json_valid(details)),
      actor_id TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX training_event_run ON training_event (run_id, seq);

    -- A measurement on locked test patients outside the gate: it uses the test set up all the same.
    CREATE TABLE test_look (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE CHECK (length(id) = 36),
      site_id TEXT NOT NULL REFERENCES site (id),
      actor_id TEXT NOT NULL,
      -- The bundle's id; a model that is not registered may be looked at too.
      model_id TEXT NOT NULL CHECK (length(model_id) = 64),
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE test_look_image (
      look_id TEXT NOT NULL REFERENCES test_look (id),
      image_sha256 BLOB NOT NULL CHECK (length(image_sha256) = 32),
      PRIMARY KEY (look_id, image_sha256)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX test_look_image_content ON test_look_image (image_sha256);
  `);
  for (const table of ['training_run', 'training_epoch', 'training_event', 'test_look', 'test_look_image']) {
    for (const verb of ['UPDATE', 'DELETE']) {
      db.exec(
        `CREATE TRIGGER ${table}_no_${verb.toLowerCase()} BEFORE ${verb} ON ${table} BEGIN SELECT RAISE(ABORT, 'append-only: ${table}'); END;`,
      );
    }
  }
}
