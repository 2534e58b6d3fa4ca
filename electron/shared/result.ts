import type { AppErrorData } from './errors';

/** What crosses every process boundary: a value, or an error as data. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: AppErrorData };
