import { type FileHandle, mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomBytes } from 'node:crypto';

import { codeOf } from '../../db/storage-error';
import { AppError } from '../../shared/errors';

/** Writes text in pieces; the promise settles when the piece is handed to the system, which keeps memory flat. */
export type WriteText = (text: string) => Promise<void>;

/** Pieces are gathered to this many characters before they are written: one system call for many rows. */
const PIECE_CHARACTERS = 256 * 1024;

/**
 * Writes a file under a temporary name, flushes it to the disk and renames it, so that whoever opens the
 * path finds the old file or the whole new one. A path that is no ordinary file (a pipe, a terminal) is written directly.
 *
 * @throws AppError `disk-full`, `output-not-writable`
 */
export async function writeFileAtomically(path: string, produce: (write: WriteText) => Promise<void>): Promise<void> {
  try {
    if (await isSpecial(path)) await writeTo(path, produce, false);
    else await writeAndRename(path, produce);
  } catch (thrown) {
    throw toOutputError(thrown, path);
  }
}

/** As `writeFileAtomically`, of bytes or text that are there already: a PDF, a list. @throws AppError output-not-writable | disk-full {path} */
export async function saveFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = join(dirname(path), `.netra-${randomBytes(6).toString('hex')}.part`);
  try {
    await writeFile(temporary, content, { flush: true });
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toOutputError(thrown, path);
  }
}

async function writeAndRename(path: string, produce: (write: WriteText) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.netra-${randomBytes(6).toString('hex')}.part`);
  try {
    await writeTo(temporary, produce, true);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true });
    throw thrown;
  }
}

async function writeTo(path: string, produce: (write: WriteText) => Promise<void>, flush: boolean): Promise<void> {
  const handle = await open(path, 'w');
  try {
    await produceInPieces(handle, produce);
    if (flush) await handle.sync();
  } finally {
    await handle.close();
  }
}

async function produceInPieces(handle: FileHandle, produce: (write: WriteText) => Promise<void>): Promise<void> {
  let piece = '';
  async function flushPiece(): Promise<void> {
    const text = piece;
    piece = '';
    if (text !== '') await handle.writeFile(text);
  }
  await produce(async (text) => {
    piece += text;
    if (piece.length >= PIECE_CHARACTERS) await flushPiece();
  });
  await flushPiece();
}

async function isSpecial(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => !facts.isFile() && !facts.isDirectory(),
    () => false,
  );
}

function toOutputError(thrown: unknown, path: string): AppError {
  if (thrown instanceof AppError) return thrown;
  const code = codeOf(thrown);
  return new AppError(code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'output-not-writable', { path }, thrown);
}
