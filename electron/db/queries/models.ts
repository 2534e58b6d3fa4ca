import { z } from 'zod';
import { json } from '../rows';
import { get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface RegisteredModel {
  /** The bundle's id, 64 hex digits. */
  id: string;
  name: string;
  card: unknown;
  registeredAt: number;
}

const modelRow = z
  .object({ id: z.string(), name: z.string(), card: json(z.unknown()), registered_at: z.number() })
  .transform(({ registered_at, ...model }): RegisteredModel => ({ ...model, registeredAt: registered_at }));

/** Remembers a bundle, so that every result can say which model it came from after the bundle's folder is gone. A known one stays as it is. */
export function registerModel(db: WritableDatabase, { id, name, card }: { id: string; name: string; card: unknown }): void {
  run(
    db,
    sql`INSERT INTO model (id, name, card, registered_at) VALUES (${id}, ${name}, ${JSON.stringify(card)}, ${Date.now()})
        ON CONFLICT (id) DO NOTHING`,
  );
}

export function getModel(db: ReadableDatabase, id: string): RegisteredModel | undefined {
  return get(db, sql`SELECT id, name, card, registered_at FROM model WHERE id = ${id}`, modelRow);
}
