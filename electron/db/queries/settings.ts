import { z } from 'zod';
import { json } from '../rows';
import { get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** The stored value, or undefined where there is none or it no longer fits the schema (a setting is a preference, never a record). */
export function getSetting<Schema extends z.ZodType>(db: ReadableDatabase, key: string, schema: Schema): z.output<Schema> | undefined {
  const row = get(db, sql`SELECT value FROM setting WHERE key = ${key}`, z.object({ value: json(z.unknown()) }));
  return row && schema.safeParse(row.value).data;
}

export function putSetting(db: WritableDatabase, key: string, value: unknown): void {
  run(
    db,
    sql`INSERT INTO setting (key, value, updated_at) VALUES (${key}, ${JSON.stringify(value)}, ${Date.now()})
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
  );
}
