import { describe, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import { listBackups } from '../../electron/db/backup';
import { latestVersion, schemaVersion } from '../../electron/db/migrate';
import type { Migration } from '../../electron/db/migrations/migration';
import { MIGRATIONS } from '../../electron/db/migrations/registry';
import { openDatabase } from '../../electron/db/open';
import { ensureOwnSite } from '../../electron/db/queries/sites';
import { AppError } from '../../electron/shared/errors';
import { newLocation } from '../helpers/database';
import { errorOf } from '../helpers/errors';

const NOTE_TABLE: Migration = {
  version: 1,
  name: 'note',
  update: (db) => void db.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES note (id)) STRICT'),
};

/** Rows of the shape of version 1, as that version's program wrote them. */
const ROWS_OF_1 = `
  INSERT INTO site VALUES (1, '01900000-0000-7000-8000-000000000001', 1, 'doctor-reads-all', 'aios-vrsi-2020', 'one-macula-field', 'Asia/Kolkata', 1);
  INSERT INTO device VALUES (1, '01900000-0000-7000-8000-000000000002', '01900000-0000-7000-8000-000000000001', 'Remidio FOP', 2);
  INSERT INTO patient VALUES (1, '01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000001', '23456789', 3);
  INSERT INTO encounter VALUES (1, '01900000-0000-7000-8000-000000000004', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000003', 4);
  INSERT INTO audit_event VALUES (1, '01900000-0000-7000-8000-000000000005', '01900000-0000-7000-8000-000000000001', 5, 'local', 'a.b', 'a', 'b', '{}',
    zeroblob(32), randomblob(32));
  INSERT INTO setting VALUES (1, 'language', '"hi"', 6);
`;
/** What version 2 adds. */
const ROWS_OF_2 = `
  INSERT INTO model VALUES (1, '${'a'.repeat(64)}', 'starter', '{}', 7);
  INSERT INTO screening_run (seq, id, site_id, actor_id, model_id, preprocessing, gate, backend, command_sha256, started_at)
    VALUES (1, '01900000-0000-7000-8000-000000000006', '01900000-0000-7000-8000-000000000001', 'local', '${'a'.repeat(64)}', 'p1', 'g1', 'onnx',
      zeroblob(32), 8);
  INSERT INTO screening_run_root VALUES ('01900000-0000-7000-8000-000000000006', 0, x'2f63');
  INSERT INTO image (seq, id, site_id, sha256, byte_size, format, width, height, created_at)
    VALUES (1, '01900000-0000-7000-8000-000000000007', '01900000-0000-7000-8000-000000000001', zeroblob(32), 10, 'jpeg', 1, 1, 9);
  INSERT INTO image_assignment (seq, id, site_id, image_id, patient_id, encounter_id, eye, basis, actor_id, created_at)
    VALUES (1, '01900000-0000-7000-8000-000000000008', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000007',
      '01900000-0000-7000-8000-000000000003', '01900000-0000-7000-8000-000000000004', 'left', 'list', 'local', 10);
`;
/** What version 3 adds. */
const ROWS_OF_3 = `
  INSERT INTO image_source (seq, id, site_id, run_id, root_position, path, folder, sha256, image_id, created_at)
    VALUES (1, '01900000-0000-7000-8000-000000000009', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000006', 0,
      x'2f63', x'2f', zeroblob(32), '01900000-0000-7000-8000-000000000007', 11);
  INSERT INTO patient_reference (seq, id, site_id, patient_id, scope, list_key, identifier, created_at)
    VALUES (1, '01900000-0000-7000-8000-000000000010', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000003', 'list',
      'l', '12', 12);
  INSERT INTO quality_check (seq, id, site_id, image_id, preprocessing, gate, kind, score, gradable, reasons, ms, created_at)
    VALUES (1, '01900000-0000-7000-8000-000000000011', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000007',
      'p1', 'g1', 'retina', 0.9, 1, '[]', 1, 13);
  INSERT INTO prediction (seq, id, site_id, image_id, model_id, preprocessing, gate, backend, device, logits, p2, heat_map_rows,
      heat_map_columns, heat_map, ms, created_at)
    VALUES (1, '01900000-0000-7000-8000-000000000012', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000007',
      '${'a'.repeat(64)}', 'p1', 'g1', 'onnx', 'cpu', '[]', 0.01, 1, 1, zeroblob(4), 1, 14);
  INSERT INTO outcome (seq, id, site_id, run_id, level, patient_id, source, actor_id, result, urgent, reasons, basis, created_at)
    VALUES (1, '01900000-0000-7000-8000-000000000013', '01900000-0000-7000-8000-000000000001', '01900000-0000-7000-8000-000000000006',
      'patient', '01900000-0000-7000-8000-000000000003', 'ai', 'local', 'no-refer', 0, '[]', '{"modelId":"${'a'.repeat(64)}"}', 15);
`;

describe.each([
  { from: 1, rows: ROWS_OF_1 },
  { from: 2, rows: ROWS_OF_1 + ROWS_OF_2 },
  { from: 3, rows: ROWS_OF_1 + ROWS_OF_2 + ROWS_OF_3 },
])('from version $from to $from + 1', ({ from, rows }) => {
  test('every row of the old version is there, unchanged', () => {
    const location = newLocation();
    const old = openDatabase(location, MIGRATIONS.slice(0, from));
    old.exec(rows);
    const tables = old.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all() as string[];
    const before = tables.map((table) => old.prepare(`SELECT * FROM ${table}`).all());
    expect(before.filter((found) => found.length === 0)).toHaveLength(from === 2 ? 2 : 0);
    old.close();
    const db = openDatabase({ ...location, mustExist: true }, MIGRATIONS.slice(0, from + 1));
    expect(schemaVersion(db)).toBe(from + 1);
    expect(tables.map((table) => db.prepare(`SELECT * FROM ${table}`).all())).toEqual(before);
    db.close();
  });
});

describe('migrations', () => {
  test('stand in the registry as 1, 2, 3, ...', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
    expect(() => openDatabase(newLocation(), [{ ...NOTE_TABLE, version: 2 }])).toThrow(TypeError);
  });

  test('make STRICT tables only', () => {
    const db = openDatabase(newLocation());
    const loose = db.prepare("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite_%'").all();
    db.close();
    expect(loose).toEqual([]);
  });

  test('make an index for every foreign key that a delete or a join would otherwise search whole tables for', () => {
    const db = openDatabase(newLocation());
    const missing = db
      .prepare(
        `SELECT t.name || '.' || group_concat(f."from") AS key FROM pragma_table_list t, pragma_foreign_key_list(t.name) f
         WHERE t.type = 'table' AND f."from" NOT IN ('site_id', 'run_id', 'device_id', 'model_id') AND f.seq = 0 AND NOT EXISTS (
           SELECT 1 FROM pragma_index_list(t.name) i, pragma_index_info(i.name) c WHERE c.seqno = 0 AND c.name = f."from")
         GROUP BY t.name, f.id`,
      )
      .pluck()
      .all();
    db.close();
    expect(missing).toEqual([]);
  });

  test('that fail leave the database in its old version with its old rows', () => {
    const location = newLocation();
    const old = openDatabase(location, [NOTE_TABLE]);
    old.exec('INSERT INTO note (id) VALUES (1)');
    old.close();
    const failing: Migration = {
      version: 2,
      name: 'failing',
      update: (db) => {
        db.exec('DELETE FROM note; CREATE TABLE other (id INTEGER PRIMARY KEY) STRICT');
        throw new Error('half way');
      },
    };
    expect(() => openDatabase(location, [NOTE_TABLE, failing])).toThrow('half way');
    const again = openDatabase(location, [NOTE_TABLE]);
    expect(schemaVersion(again)).toBe(1);
    expect(again.prepare('SELECT id FROM note').pluck().all()).toEqual([1]);
    expect(again.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'other'").pluck().get()).toBe(0);
    again.close();
  });

  test('that leave a reference without its row are rolled back', () => {
    const location = newLocation();
    openDatabase(location, [NOTE_TABLE]).close();
    const orphaning: Migration = {
      version: 2,
      name: 'orphaning',
      update: (db) => void db.exec('INSERT INTO note (id, parent) VALUES (1, 99)'),
    };
    expect(() => openDatabase(location, [NOTE_TABLE, orphaning])).toThrow('foreign keys');
    const again = openDatabase(location, [NOTE_TABLE]);
    expect(again.prepare('SELECT count(*) FROM note').pluck().get()).toBe(0);
    again.close();
  });

  test('turn foreign keys on again', () => {
    const db = openDatabase(newLocation(), [NOTE_TABLE]);
    expect(() => db.exec('INSERT INTO note (id, parent) VALUES (1, 99)')).toThrow('FOREIGN KEY');
    db.close();
  });
});

describe('before a migration', () => {
  test('the database is copied, encrypted, in its old version and with its last rows', () => {
    const location = newLocation();
    const old = openDatabase(location, MIGRATIONS.slice(0, 1));
    const site = ensureOwnSite(old);
    old.close();
    openDatabase({ ...location, mustExist: true }).close();
    const [backup, ...others] = listBackups(location.backupFolder);
    expect(others).toEqual([]);
    expect(backup).toMatchObject({ schemaVersion: 1 });
    const file = `${location.backupFolder}/${backup?.name}`;
    expect(readFileSync(file).includes('SQLite format 3')).toBe(false);
    const copy = openDatabase({ ...location, file, mustExist: true }, MIGRATIONS.slice(0, 1));
    expect(ensureOwnSite(copy)).toEqual(site);
    copy.close();
  });

  test('a copy that cannot be made stops the migration', () => {
    const location = newLocation();
    openDatabase(location, MIGRATIONS.slice(0, 1)).close();
    // A file stands where the folder of the copies should be.
    expect(() => openDatabase({ ...location, backupFolder: location.file })).toThrow();
    const old = openDatabase(location, MIGRATIONS.slice(0, 1));
    expect(schemaVersion(old)).toBe(1);
    old.close();
  });

  test('nothing is copied when there is nothing to migrate', () => {
    const location = newLocation();
    openDatabase(location).close();
    openDatabase({ ...location, mustExist: true }).close();
    expect(listBackups(location.backupFolder)).toEqual([]);
  });
});

describe('a database from the future', () => {
  test('is refused with both versions and stays byte for byte as it is', () => {
    const location = newLocation();
    const future = latestVersion(MIGRATIONS) + 1;
    openDatabase(location, [...MIGRATIONS, { version: future, name: 'future', update: () => undefined }]).close();
    const before = readFileSync(location.file);
    const error = errorOf(() => openDatabase({ ...location, mustExist: true }));
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'database-from-future', params: { found: future, supported: future - 1 } });
    expect(readFileSync(location.file).equals(before)).toBe(true);
  });
});
