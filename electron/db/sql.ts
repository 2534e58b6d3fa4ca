import type BetterSqlite3 from 'better-sqlite3';
import type { z } from 'zod';
import { toStorageError } from './storage-error';

declare const readable: unique symbol;
declare const writable: unique symbol;

/** A connection that may be read. A function that takes this one cannot write: `run` does not accept it. */
export type ReadableDatabase = BetterSqlite3.Database & { readonly [readable]: true };
/** The one connection that may write. */
export type WritableDatabase = ReadableDatabase & { readonly [writable]: true };

export type SqlValue = string | number | bigint | boolean | null | Uint8Array;

/** A statement and its parameters. Only `sql`, `sqlId` and `sqlJoin` make one, so no value is ever part of the text. */
export class SqlQuery {
  constructor(
    readonly text: string,
    readonly params: readonly (string | number | bigint | null | Buffer)[],
  ) {}
}

/** Tagged template: every value becomes a parameter; another query is put in as it is. */
export function sql(parts: TemplateStringsArray, ...values: readonly (SqlValue | SqlQuery)[]): SqlQuery {
  let text = parts[0] ?? '';
  const params: SqlQuery['params'][number][] = [];
  values.forEach((value, index) => {
    if (value instanceof SqlQuery) {
      text += value.text;
      params.push(...value.params);
    } else {
      text += '?';
      params.push(toParameter(value));
    }
    text += parts[index + 1] ?? '';
  });
  return new SqlQuery(text, params);
}

/** A table or column name; anything but lower-case snake_case is refused. */
export function sqlId(name: string): SqlQuery {
  if (!/^[a-z_][a-z0-9_]*$/.test(name)) throw new TypeError(`not an identifier: ${JSON.stringify(name)}`);
  return new SqlQuery(`"${name}"`, []);
}

export function sqlJoin(queries: readonly SqlQuery[], separator: ', ' | ' AND ' | ' OR '): SqlQuery {
  return new SqlQuery(
    queries.map((query) => query.text).join(separator),
    queries.flatMap((query) => query.params),
  );
}

/** All rows, each checked and turned into a domain object by the schema. */
export function all<Schema extends z.ZodType>(db: ReadableDatabase, query: SqlQuery, schema: Schema): z.output<Schema>[] {
  return guarded(() => prepared(db, query).all(...query.params)).map((row) => schema.parse(row));
}

/** The first row, or undefined. */
export function get<Schema extends z.ZodType>(db: ReadableDatabase, query: SqlQuery, schema: Schema): z.output<Schema> | undefined {
  const row = guarded(() => prepared(db, query).get(...query.params));
  return row === undefined ? undefined : schema.parse(row);
}

/** Runs a statement that writes; returns how many rows changed. */
export function run(db: WritableDatabase, query: SqlQuery): number {
  return guarded(() => prepared(db, query).run(...query.params)).changes;
}

/**
 * Runs `work` in one transaction (BEGIN IMMEDIATE; a savepoint inside another one). It is on disk when this returns.
 * Synchronous only: an async function would commit at its first await, so one is refused.
 */
export function transaction<T>(db: WritableDatabase, work: () => T): T {
  let result: { value: T } | undefined;
  guarded(() =>
    transactionRunner(db)(() => {
      const value = work();
      if (value instanceof Promise) throw new TypeError('a transaction cannot wait');
      result = { value };
    }),
  );
  if (!result) throw new Error('a transaction ended without its work');
  return result.value;
}

type Runner = (work: () => void) => void;
const runners = new WeakMap<ReadableDatabase, Runner>();

/** Made once per connection: wrapping a function anew costs more than the transaction's own statements. */
function transactionRunner(db: WritableDatabase): Runner {
  let runner = runners.get(db);
  if (!runner) {
    const transact = db.transaction((work: () => void) => work());
    runner = (work) => transact.immediate(work);
    runners.set(db, runner);
  }
  return runner;
}

type AnyStatement = BetterSqlite3.Statement<unknown[]>;
const statements = new WeakMap<ReadableDatabase, Map<string, AnyStatement>>();

/** Statements are compiled once per connection: a run of 10,000 images issues the same twenty. */
function prepared(db: ReadableDatabase, query: SqlQuery): AnyStatement {
  let ofDatabase = statements.get(db);
  if (!ofDatabase) {
    ofDatabase = new Map<string, AnyStatement>();
    statements.set(db, ofDatabase);
  }
  let statement = ofDatabase.get(query.text);
  if (!statement) {
    statement = db.prepare<unknown[]>(query.text);
    ofDatabase.set(query.text, statement);
  }
  return statement;
}

function toParameter(value: SqlValue): string | number | bigint | null | Buffer {
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value;
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    throw toStorageError(thrown);
  }
}
