import type { Dirent, Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';

import { codeOf } from '../../db/storage-error';
import { AppError, type AppErrorData } from '../../shared/errors';
import { FoundNames } from './found-names';

const ENDING = /\.(?:jpe?g|jfif|png|tiff?|bmp)$/i;
const SLASH = Buffer.from('/');

/**
 * One file to screen. File names are bytes until proven text: on Linux a name may be any bytes but `/` and NUL, and
 * memory cards have been seen with names in an old code page. Text is for display only.
 */
export interface FoundFile {
  /** Which argument it was found under. */
  rootPosition: number;
  /** Absolute path, bytes as the file system has them. */
  path: Buffer;
  /** Path as found under the argument, for display. */
  file: string;
  /** Why it cannot be read, when that is known without opening it (a link that leads nowhere, a pipe). */
  error: AppErrorData | null;
}

/** A folder whose files could not be listed: its photographs are missing from the run, and the user is told. */
export interface FolderProblem {
  folder: string;
  error: AppErrorData;
}

export interface Walked {
  /** Absolute, in the order given. */
  roots: Buffer[];
  /** In byte order of `file`. */
  files: FoundFile[];
  /** Files with another ending: counted, without a row. */
  otherFiles: number;
  /** Links to folders: not followed (they may loop, or lead out of what the user named). */
  linkedFolders: number;
  problems: FolderProblem[];
}

/** Whether a name ends as a photograph does; only ASCII matters, so bytes that are no text do no harm. */
export function hasPhotographEnding(name: Buffer): boolean {
  return ENDING.test(name.toString('latin1'));
}

/**
 * Lists every photograph under the arguments.
 *
 * @param signal stops the walk between folders
 * @throws AppError `path-not-found` for an argument that is not there, `cancelled`
 */
export async function walkArguments(paths: readonly string[], signal?: AbortSignal): Promise<Walked> {
  const roots = paths.map((path) => Buffer.from(resolve(path)));
  const walk = new Walk(roots, signal);
  for (const [position, path] of paths.entries()) await walk.root(position, path);
  return walk.finish();
}

class Walk {
  readonly #roots: Buffer[];
  readonly #names: FoundNames;
  readonly #signal: AbortSignal | undefined;
  /** By path, so that a file which two arguments reach is found once. */
  readonly #found = new Map<string, { name: Buffer; file: FoundFile }>();
  readonly #problems: FolderProblem[] = [];
  #otherFiles = 0;
  #linkedFolders = 0;

  constructor(roots: Buffer[], signal?: AbortSignal) {
    this.#roots = roots;
    this.#names = new FoundNames(roots);
    this.#signal = signal;
  }

  async root(position: number, shown: string): Promise<void> {
    const path = this.#roots[position] ?? Buffer.alloc(0);
    const facts = await statArgument(path, shown);
    if (facts.isDirectory()) await this.#folders(position, path);
    else this.#entry(position, path, facts.isFile());
  }

  finish(): Walked {
    const files = [...this.#found.values()].sort((a, b) => Buffer.compare(a.name, b.name)).map(({ file }) => file);
    return { roots: this.#roots, files, otherFiles: this.#otherFiles, linkedFolders: this.#linkedFolders, problems: this.#problems };
  }

  async #folders(position: number, root: Buffer): Promise<void> {
    // A list of folders still to visit instead of recursion: the depth is the user's, the stack is ours.
    const pending = [root];
    for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
      if (this.#signal?.aborted === true) throw new AppError('cancelled');
      for (const entry of await this.#list(position, folder)) {
        const path = Buffer.concat(folder.at(-1) === SLASH[0] ? [folder, entry.name] : [folder, SLASH, entry.name]);
        if (entry.isDirectory()) pending.push(path);
        else if (entry.isSymbolicLink()) await this.#link(position, path);
        else this.#entry(position, path, entry.isFile());
      }
    }
  }

  async #list(position: number, folder: Buffer): Promise<Dirent<Buffer>[]> {
    try {
      return await readdir(folder, { withFileTypes: true, encoding: 'buffer' });
    } catch (cause) {
      const shown = this.#names.textOf(position, folder);
      const code = ['ENOENT', 'ENOTDIR', 'ENODEV', 'EIO'].includes(codeOf(cause) ?? '') ? 'folder-vanished' : 'folder-unreadable';
      this.#problems.push({ folder: shown, error: { code, params: { path: shown } } });
      return [];
    }
  }

  /** A link to a file is that file under another name; a link to a folder is not followed; a loop or dead end is a failed file. */
  async #link(position: number, path: Buffer): Promise<void> {
    const target = await stat(path).catch(() => null);
    if (target?.isDirectory() === true) this.#linkedFolders += 1;
    else this.#entry(position, path, target?.isFile() === true);
  }

  #entry(rootPosition: number, path: Buffer, isFile: boolean): void {
    if (!hasPhotographEnding(path)) {
      this.#otherFiles += 1;
      return;
    }
    const key = path.toString('latin1');
    if (this.#found.has(key)) return;
    const name = this.#names.bytesOf(rootPosition, path);
    // A pipe or a device named like a photograph would block whoever opens it.
    const error: AppErrorData | null = isFile ? null : { code: 'image-unreadable', params: {} };
    this.#found.set(key, { name, file: { rootPosition, path, file: name.toString('utf8'), error } });
  }
}

async function statArgument(absolute: Buffer, shown: string): Promise<Stats> {
  try {
    return await stat(absolute);
  } catch (cause) {
    throw new AppError('path-not-found', { path: shown }, cause);
  }
}
