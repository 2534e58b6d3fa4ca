import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileDurably } from '../../db/profile/durable-file';
import { codeOf } from '../../db/storage-error';
import { AppError } from '../../shared/errors';
import { listSnapshots, openSealed, seal } from './manifest';

/**
 * Lies beside the snapshots of a backup and says whose identity was erased (ids only): restoring a snapshot of before erases them again, and the next
 * backup that is whole removes it.
 */
const FILE = 'erasures.json';
const PURPOSE = 'netra/erasures/1';

const schema = z.strictObject({
  patientIds: z.array(z.string().min(1).max(64)),
  /** Names of the snapshots made before the last erasure. */
  stale: z.array(z.string().max(32)),
});
type Erasures = z.output<typeof schema>;

/**
 * Who was erased according to a backup folder.
 *
 * @throws AppError backup-damaged {part} when somebody without the key wrote or changed the list: names would come back unnoticed
 */
export async function readErasures(backupFolder: string, dataKey: Uint8Array): Promise<Erasures> {
  try {
    const text = openSealed(dataKey, PURPOSE, await readFile(join(backupFolder, FILE), 'utf8'));
    if (text === null) throw new AppError('backup-damaged', { part: FILE });
    return schema.parse(JSON.parse(text));
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return { patientIds: [], stale: [] };
    throw new AppError('backup-damaged', { part: FILE }, thrown);
  }
}

/**
 * Brings the list of a backup folder up to the profile's, before anything else of a backup: interrupted afterwards, the erasure has reached the stick.
 *
 * @returns names of the snapshots that hold what was erased since
 */
export async function writeErasures(
  backupFolder: string,
  dataKey: Uint8Array,
  patientIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (patientIds.length === 0) return new Set();
  const damaged = (): null => null;
  const before = await readErasures(backupFolder, dataKey).catch(damaged);
  const known = new Set(before?.patientIds);
  if (before !== null && patientIds.every((id) => known.has(id))) return new Set(before.stale);
  const stale = (await listSnapshots(backupFolder)).map(({ name }) => name);
  const text = JSON.stringify({ patientIds: [...patientIds], stale } satisfies Erasures);
  await writeFileDurably(join(backupFolder, FILE), seal(dataKey, PURPOSE, text));
  return new Set(stale);
}
