import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { AppError, type AppErrorData } from '../../shared/errors';

/**
 * File names are bytes until proven text: on Linux a name may be any bytes but `/` and NUL, and a camera's memory
 * card has been seen with names in an old code page. Everything here therefore handles Buffers; text is for display only.
 */
const ENDING = /\.(?:jpe?g|jfif|png|tiff?|bmp)$/i;
const SLASH = Buffer.from('/');

/** One file to screen. */
export interface FoundFile {
  /** Absolute path, bytes as the file system has them. */
  path: Buffer;
  /** Path as found under the argument, bytes, `/` between folders. */
  relativePath: Buffer;
  /** The same for display; bytes that are not UTF-8 are shown replaced. */
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
  /** In byte order of the relative path. */
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
 * Lists every photograph under the arguments. With one argument `file` is the path under it; with several it starts
 * with the argument's own name (or the whole argument where two have the same name), so that no two files share one.
 *
 * @param signal stops the walk between folders
 * @throws AppError `path-not-found` for an argument that is not there, `cancelled`
 */
export async function walkArguments(paths: readonly string[], signal?: AbortSignal): Promise<Walked> {
  const walked: Walked = { files: [], otherFiles: 0, linkedFolders: 0, problems: [] };
  const prefixes = prefixesOf(paths);
  for (const [index, path] of paths.entries()) {
    const absolute = Buffer.from(resolve(path));
    const facts = await statArgument(absolute, path);
    const prefix = prefixes[index] ?? Buffer.alloc(0);
    if (facts.isDirectory()) {
      await walkFolder(absolute, prefix, walked, signal);
    } else if (hasPhotographEnding(absolute)) {
      const name = prefix.length > 0 ? prefix : Buffer.from(basename(absolute.toString()));
      walked.files.push(foundFile(absolute, name, facts.isFile() ? null : 'image-unreadable'));
    } else {
      walked.otherFiles += 1;
    }
  }
  walked.files = withoutRepeats(walked.files);
  return walked;
}

async function statArgument(absolute: Buffer, shown: string): Promise<Stats> {
  try {
    return await stat(absolute);
  } catch (cause) {
    throw new AppError('path-not-found', { path: shown }, cause);
  }
}

async function walkFolder(folder: Buffer, prefix: Buffer, walked: Walked, signal?: AbortSignal): Promise<void> {
  // A list of folders still to visit instead of recursion: depth is the user's, the stack is ours.
  const pending: { path: Buffer; relativePath: Buffer }[] = [{ path: folder, relativePath: prefix }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (signal?.aborted === true) throw new AppError('cancelled');
    const entries = await listFolder(next.path, next.relativePath, walked);
    for (const entry of entries) {
      const path = join(next.path, entry.name);
      const relativePath = join(next.relativePath, entry.name);
      if (entry.isDirectory()) pending.push({ path, relativePath });
      else if (entry.isSymbolicLink()) await addLink(path, relativePath, walked);
      else addEntry(path, relativePath, entry.isFile(), walked);
    }
  }
}

async function listFolder(path: Buffer, relativePath: Buffer, walked: Walked): Promise<Dirent<Buffer>[]> {
  try {
    return await readdir(path, { withFileTypes: true, encoding: 'buffer' });
  } catch (cause) {
    const code = isGone(cause) ? 'folder-vanished' : 'folder-unreadable';
    const folder = relativePath.length > 0 ? relativePath.toString() : path.toString();
    walked.problems.push({ folder, error: { code, params: { path: folder } } });
    return [];
  }
}

function addEntry(path: Buffer, relativePath: Buffer, isFile: boolean, walked: Walked): void {
  if (!hasPhotographEnding(relativePath)) walked.otherFiles += 1;
  // A pipe or a device named like a photograph would block whoever opens it.
  else walked.files.push(foundFile(path, relativePath, isFile ? null : 'image-unreadable'));
}

/** A link to a file is that file under another name; a link to a folder is not followed; a loop or dead end is a failed file. */
async function addLink(path: Buffer, relativePath: Buffer, walked: Walked): Promise<void> {
  const target = await stat(path).catch(() => null);
  if (target?.isDirectory() === true) {
    walked.linkedFolders += 1;
    return;
  }
  addEntry(path, relativePath, target?.isFile() === true, walked);
}

function foundFile(path: Buffer, relativePath: Buffer, code: 'image-unreadable' | null): FoundFile {
  return { path, relativePath, file: relativePath.toString(), error: code === null ? null : { code, params: {} } };
}

/** Sorts by bytes and drops a file that two arguments both reach under the same name. */
function withoutRepeats(files: FoundFile[]): FoundFile[] {
  const seen = new Set<string>();
  return files
    .sort((a, b) => Buffer.compare(a.relativePath, b.relativePath))
    .filter((file) => {
      const key = file.path.toString('latin1');
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    });
}

function prefixesOf(paths: readonly string[]): Buffer[] {
  if (paths.length <= 1) return paths.map(() => Buffer.alloc(0));
  const absolutes = paths.map((path) => resolve(path));
  const names = absolutes.map((path) => basename(path));
  return absolutes.map((path, index) => {
    const name = names[index] ?? path;
    const shared = absolutes.some((other, at) => other !== path && names[at] === name);
    return Buffer.from(shared || name === '' ? path : name);
  });
}

function join(folder: Buffer, name: Buffer): Buffer {
  return folder.length === 0 ? name : Buffer.concat([folder, SLASH, name]);
}

function isGone(thrown: unknown): boolean {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'EIO' || code === 'ENODEV';
}

/** True when the argument a run was given is no longer there (a memory card pulled out). */
export async function isFolderGone(path: string): Promise<boolean> {
  return lstat(path).then(
    () => false,
    () => true,
  );
}
