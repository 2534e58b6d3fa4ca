import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

import { codeOf } from '../db/storage-error';
import { AppError, type ErrorCode } from '../shared/errors';

/** As the engine: a 24-megapixel photograph as uncompressed 16-bit TIFF has 144 MB; nothing from a fundus camera is larger. */
export const MAX_FILE_BYTES = 160 * 1024 * 1024;

export interface FileContent {
  bytes: Uint8Array<ArrayBuffer>;
  sha256: string;
  mtimeMs: number;
}

const READ_CODES: Record<string, ErrorCode> = {
  ENOENT: 'image-vanished',
  ENOTDIR: 'image-vanished',
  ENODEV: 'image-vanished',
  ENXIO: 'image-unreadable',
};

/**
 * Reads a whole file once and hashes what was read, so that the hash, the stored copy and the result belong to the same bytes.
 *
 * @throws AppError `image-vanished`, `image-unreadable`, `image-empty`, `image-too-large`
 */
export async function readFileOnce(path: Uint8Array): Promise<FileContent> {
  try {
    // O_NONBLOCK: a pipe put in the file's place must fail, not wait for a writer.
    const handle = await open(Buffer.from(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      return await readOpened(handle);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    throw new AppError(READ_CODES[codeOf(thrown) ?? ''] ?? 'image-unreadable', {}, thrown);
  }
}

async function readOpened(handle: FileHandle): Promise<FileContent> {
  const facts = await handle.stat();
  if (!facts.isFile()) throw new AppError('image-unreadable');
  if (facts.size === 0) throw new AppError('image-empty');
  if (facts.size > MAX_FILE_BYTES) throw new AppError('image-too-large', { bytes: facts.size, maximum: MAX_FILE_BYTES });
  // An own buffer, not one of the shared pool: it is handed over to another thread without a copy.
  const bytes = new Uint8Array(facts.size);
  let length = 0;
  while (length < bytes.length) {
    const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
    if (bytesRead === 0) throw new AppError('image-truncated');
    length += bytesRead;
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex'), mtimeMs: Math.round(facts.mtimeMs) };
}
