import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultFolders } from '../../services/default-folders';
import type { StartOptions } from './options';

/** Where the program keeps what. */
export interface Folders {
  profile: string;
  /** Beside the profile, not in it: a damaged profile is renamed while the window that says so is open. */
  window: string;
  logs: string;
  /** All of a demonstration, or null: it can never touch the site's data, and goes when it ends. */
  demo: string | null;
}

export function foldersFor(options: StartOptions): Folders {
  const demo = options.demo ? mkdtempSync(join(tmpdir(), 'netra-demo-')) : null;
  const profile = demo === null ? (options.profile ?? defaultFolders().profile) : join(demo, 'profile');
  const window = writable(`${profile}.window`) ?? join(tmpdir(), `netra-window-${process.pid}`);
  return { profile, window, logs: join(window, 'logs'), demo };
}

/** @returns the folder when it can be written to, else null (a read-only profile still gets a window that says so) */
function writable(folder: string): string | null {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  } catch {
    return null;
  }
}
