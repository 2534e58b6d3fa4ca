import type { Writable } from 'node:stream';

import type { Locale } from '../shared/messages/runtime';

/** What a command gets from its surroundings: tests give their own. */
export interface CliContext {
  /** Folder of models, guidelines and recipes. */
  resourcesFolder: string;
  /** The built engine process and worker thread. */
  engineEntry: string;
  workerEntry: string;
  out: Writable & { isTTY?: boolean; columns?: number };
  /** Progress and errors: `--csv /dev/stdout` stays clean. */
  err: Writable & { isTTY?: boolean; columns?: number };
  locale: Locale;
  /** Who signs in to a profile with accounts. */
  user?: string;
  /** The password comes from standard input even where that is a terminal. */
  passwordFromInput?: boolean;
  /** Aborts at the first Ctrl-C; the second ends the process at once. */
  signal: AbortSignal;
}
