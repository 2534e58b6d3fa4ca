import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openDatabase, type DatabaseLocation } from '../../electron/db/open';
import { ensureOwnSite } from '../../electron/db/queries/sites';
import { addTestImage, newDatabase, newLocation } from '../helpers/database';
import { errorOf } from '../helpers/errors';

const PAGE = 4096;

/** A closed database with enough in it to have pages to damage. */
function filled(): DatabaseLocation {
  const location = newLocation();
  const db = openDatabase(location);
  const site = ensureOwnSite(db);
  for (let number = 1; number <= 100; number++) addTestImage(db, site.id, number);
  db.close();
  return { ...location, mustExist: true };
}

function flipBit(file: string, offset: number): void {
  const bytes = readFileSync(file);
  bytes[offset] = (bytes[offset] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

describe('an open database', () => {
  test('survives a power cut at any commit: write-ahead log, full synchronisation', () => {
    const db = newDatabase();
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
  });

  test('checks foreign keys, waits for a busy file and keeps temporary tables off the disk', () => {
    const db = newDatabase();
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    expect(db.pragma('busy_timeout', { simple: true })).toBe(5000);
    expect(db.pragma('temp_store', { simple: true })).toBe(2);
  });

  test('lies on the disk as SQLCipher: no SQLite header, no word of its schema', () => {
    const { file } = filled();
    const bytes = readFileSync(file);
    expect(bytes.byteLength % PAGE).toBe(0);
    for (const word of ['SQLite format 3', 'CREATE TABLE', 'patient', 'Remidio']) expect(bytes.includes(word)).toBe(false);
  });
});

describe('a database that does not open says why', () => {
  test('wrong key', () => {
    const location = filled();
    expect(errorOf(() => openDatabase({ ...location, key: randomBytes(32) }))).toMatchObject({ code: 'database-wrong-key' });
    openDatabase(location).close();
  });

  test('a key that is not 32 bytes is a mistake of the program', () => {
    expect(() => openDatabase({ ...newLocation(), key: new Uint8Array(16) })).toThrow(TypeError);
  });

  test.each([
    ['a bit flipped in the middle', (file: string) => flipBit(file, statSync(file).size / 2 + 100)],
    ['a bit flipped in the last page', (file: string) => flipBit(file, statSync(file).size - 100)],
    ['cut off at half a page', (file: string) => truncateSync(file, statSync(file).size - PAGE / 2)],
    ['cut off at a page', (file: string) => truncateSync(file, statSync(file).size - PAGE)],
    ['emptied', (file: string) => truncateSync(file, 0)],
    ['deleted', (file: string) => rmSync(file)],
  ])('%s: damaged', (_, damage) => {
    const location = filled();
    damage(location.file);
    const there = existsSync(location.file);
    const before = there ? readFileSync(location.file) : null;
    expect(errorOf(() => openDatabase(location))).toMatchObject({ code: 'database-damaged', params: { backups: 0 } });
    // What is left is left for rescue.
    expect(existsSync(location.file)).toBe(there);
    if (before) expect(readFileSync(location.file).equals(before)).toBe(true);
  });
});
