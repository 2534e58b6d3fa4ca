import { describe, expect, test } from 'vitest';
import { sql, sqlId, sqlJoin } from '../../../electron/db/sql';

describe('the sql tag', () => {
  test('makes every value a parameter, whatever it contains', () => {
    const query = sql`SELECT * FROM patient WHERE id = ${"x'; DROP TABLE patient; --"} AND seq > ${3}`;
    expect(query.text).toBe('SELECT * FROM patient WHERE id = ? AND seq > ?');
    expect(query.params).toEqual(["x'; DROP TABLE patient; --", 3]);
  });

  test('puts another query in with its parameters in order', () => {
    const where = sqlJoin([sql`a = ${1}`, sql`b = ${'two'}`], ' AND ');
    const query = sql`SELECT ${0} FROM t WHERE ${where} LIMIT ${9}`;
    expect(query.text).toBe('SELECT ? FROM t WHERE a = ? AND b = ? LIMIT ?');
    expect(query.params).toEqual([0, 1, 'two', 9]);
  });

  test('stores true and false as 1 and 0, which is all SQLite has', () => {
    expect(sql`${true}${false}`.params).toEqual([1, 0]);
  });

  test('gives bytes as a Buffer over the same memory', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
    expect(sql`${bytes}`.params).toEqual([Buffer.from([2, 3])]);
  });

  test.each(['a b', 'x"; --', 'A', '1a', ''])('refuses %j as a name', (name) => {
    expect(() => sqlId(name)).toThrow(TypeError);
  });

  test('quotes a name', () => {
    expect(sql`SELECT * FROM ${sqlId('image_source')}`.text).toBe('SELECT * FROM "image_source"');
  });
});
