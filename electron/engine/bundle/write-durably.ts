import { open } from 'node:fs/promises';

/** Writes and fsyncs a file inside a folder that is renamed into place afterwards. */
export async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
