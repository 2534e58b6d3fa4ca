import type BetterSqlite3 from 'better-sqlite3';

/**
 * A data set is stored in small pieces, so that nobody waits behind thousands of rows; it exists from the moment it is sealed, and takes no row from then on. What a
 * killed program left unsealed is seen by nobody until the same freeze is asked for again and goes on with it.
 */
export function createSealedDataSets(db: BetterSqlite3.Database): void {
  db.exec(`
    CREATE TABLE dataset_seal (
      dataset_id TEXT NOT NULL PRIMARY KEY REFERENCES dataset (id),
      created_at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO dataset_seal (dataset_id, created_at) SELECT id, created_at FROM dataset;

    CREATE TRIGGER dataset_item_only_before_seal BEFORE INSERT ON dataset_item
      WHEN EXISTS (SELECT 1 FROM dataset_seal s WHERE s.dataset_id = NEW.dataset_id)
      BEGIN SELECT RAISE(ABORT, 'dataset_item: the data set is sealed'); END;

    CREATE VIEW sealed_dataset AS SELECT d.* FROM dataset d JOIN dataset_seal s ON s.dataset_id = d.id;
    CREATE VIEW sealed_dataset_item AS SELECT i.* FROM dataset_item i JOIN dataset_seal s ON s.dataset_id = i.dataset_id;
    DROP VIEW dataset_open_item;
    -- All that training, selection and the search for wrong labels may see of a data set.
    CREATE VIEW dataset_open_item AS SELECT * FROM sealed_dataset_item WHERE part <> 'locked';

    CREATE TRIGGER dataset_seal_no_update BEFORE UPDATE ON dataset_seal BEGIN SELECT RAISE(ABORT, 'append-only: dataset_seal'); END;
    CREATE TRIGGER dataset_seal_no_delete BEFORE DELETE ON dataset_seal BEGIN SELECT RAISE(ABORT, 'append-only: dataset_seal'); END;
  `);
}
