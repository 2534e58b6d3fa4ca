import { appendFileSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, toAppError } from '../shared/errors';

/** Numbers, switches and code words; free text has no way into the log. */
export type LogFields = Record<string, number | boolean | null | LogWord>;
/** A word of our own vocabulary: codes, states, ids. Anything else is logged as `?`. */
export type LogWord = string;

export interface Log {
  event(name: string, fields?: LogFields): void;
  error(name: string, thrown: unknown): void;
}

const MAX_BYTES = 1_000_000;
const KEPT_FILES = 4;
/** Codes, ids, versions: no space, no slash, so neither a sentence nor a path fits. */
const WORD = /^[\w.:+-]{0,80}$/;

/**
 * Writes JSON lines to `netra.log` in `folder`, and at 1 MB moves it to `netra.1.log` and so on, four files in all.
 * Nothing here can carry a patient's name or a path: values are words of our vocabulary, errors keep their codes and
 * their places in our own code, and drop their messages (a message of the file system quotes the path).
 * A log that cannot be written is silently none: it must never be what stops the work.
 */
export function openLog(folder: string, now: () => number = Date.now): Log {
  const file = join(folder, 'netra.log');
  function write(name: string, fields: LogFields): void {
    const line = `${JSON.stringify({ at: new Date(now()).toISOString(), event: word(name), ...clean(fields) })}\n`;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      if (existsSync(file) && statSync(file).size + line.length > MAX_BYTES) rotate(folder);
      appendFileSync(file, line, { mode: 0o600 });
    } catch {
      // See above.
    }
  }
  return {
    event(name, fields = {}) {
      write(name, fields);
    },
    error(name, thrown) {
      write(name, errorFields(thrown));
    },
  };
}

function rotate(folder: string): void {
  function numbered(index: number): string {
    return join(folder, index === 0 ? 'netra.log' : `netra.${index}.log`);
  }
  rmSync(numbered(KEPT_FILES - 1), { force: true });
  for (let index = KEPT_FILES - 2; index >= 0; index -= 1) {
    if (existsSync(numbered(index))) renameSync(numbered(index), numbered(index + 1));
  }
}

function word(value: string): string {
  return WORD.test(value) ? value : '?';
}

function clean(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [word(name), typeof value === 'string' ? word(value) : value]));
}

/** What of an error may be kept: codes and the places in our code, down through its causes. */
export function errorFields(thrown: unknown): LogFields {
  const error = toAppError(thrown);
  const fields: LogFields = { code: error.code };
  let cause: unknown = error.code === 'internal' ? (error.cause ?? thrown) : error.cause;
  for (let depth = 1; cause instanceof Error && depth <= 3; depth += 1) {
    fields[`cause${depth}`] = cause instanceof AppError ? cause.code : cause.name;
    const { code, syscall } = cause as { code?: unknown; syscall?: unknown };
    if (typeof code === 'string') fields[`cause${depth}Code`] = code;
    if (typeof syscall === 'string') fields[`cause${depth}Call`] = syscall;
    places(cause).forEach((place, index) => {
      fields[`cause${depth}At${index}`] = place;
    });
    cause = cause.cause;
  }
  return fields;
}

/** `index.js:120:7` for the first frames of a stack: file names of the build, without folders. */
function places(error: Error): string[] {
  const frames = [...(error.stack ?? '').matchAll(/^\s+at .*?([\w.-]+\.(?:js|cjs|mjs|ts):\d+:\d+)\)?$/gm)];
  return frames.slice(0, 4).map((frame) => frame[1] ?? '');
}
