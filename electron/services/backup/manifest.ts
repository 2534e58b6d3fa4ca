import { createHmac, timingSafeEqual } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { deriveKey, type Purpose } from '../../db/profile/keys';
import { AppError } from '../../shared/errors';

/**
 * A backup folder: `blobs/` with the encrypted photograph files as they lie in the profile, shared by all snapshots, and `snapshots/<name>/` with the
 * database, the vault and a manifest. A snapshot counts from the moment its manifest is there, which is written last.
 */
export const BACKUP_PREFIX = 'netra-backup-';
export const MANIFEST = 'manifest.json';
const BLOB_PATH = /^[0-9a-f]{2}\/[0-9a-f]{64}$/;
const SNAPSHOT_NAME = /^\d{8}T\d{9}Z$/;
/** A million photographs. */
const MAX_MANIFEST_BYTES = 512 * 1024 * 1024;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const fileSchema = z.strictObject({ sha256, bytes: z.number().int().nonnegative() });
const contentSchema = z.strictObject({
  format: z.literal('netra-backup-1'),
  takenAt: z.number().int(),
  siteId: z.string().min(1).max(64),
  database: fileSchema,
  vault: fileSchema,
  marker: fileSchema,
  /** Path below `blobs/`, SHA-256 of the encrypted file, bytes. */
  blobs: z.array(z.tuple([z.string().regex(BLOB_PATH), sha256, z.number().int().nonnegative()])),
});
const manifestSchema = z.strictObject({ content: z.string(), mac: sha256 });
const PURPOSE = 'netra/backup/1';

export type ManifestContent = z.output<typeof contentSchema>;

/** Sealed with a key of the profile: only who can open the backup can have written it. */
export function sealManifest(dataKey: Uint8Array, content: ManifestContent): string {
  return seal(dataKey, PURPOSE, JSON.stringify(content));
}

/** A text with a seal beside it, for one purpose alone. */
export function seal(dataKey: Uint8Array, purpose: Purpose, text: string): string {
  return `${JSON.stringify({ content: text, mac: macOf(dataKey, purpose, text) })}\n`;
}

/** @returns the text; null where the seal is not this key's. @throws where it is no sealed text at all */
export function openSealed(dataKey: Uint8Array, purpose: Purpose, file: string): string | null {
  const { content, mac } = manifestSchema.parse(JSON.parse(file));
  return isMac(dataKey, purpose, content, mac) ? content : null;
}

/** What a manifest says of itself, before anybody has a password: for the list to choose from. null where it is none. */
export async function readManifest(snapshotFolder: string): Promise<{ text: string; mac: string; content: ManifestContent } | null> {
  try {
    const bytes = await readFile(join(snapshotFolder, MANIFEST));
    if (bytes.byteLength > MAX_MANIFEST_BYTES) return null;
    const { content: text, mac } = manifestSchema.parse(JSON.parse(bytes.toString('utf8')));
    return { text, mac, content: contentSchema.parse(JSON.parse(text)) };
  } catch {
    return null;
  }
}

/** @throws AppError backup-damaged when somebody without the key wrote or changed it */
export function checkManifest(dataKey: Uint8Array, { text, mac }: { text: string; mac: string }): void {
  if (!isMac(dataKey, PURPOSE, text, mac)) throw new AppError('backup-damaged', { part: MANIFEST });
}

/** Of a backup folder, newest first; half a snapshot is none. */
export async function listSnapshots(backupFolder: string): Promise<{ name: string; folder: string; content: ManifestContent }[]> {
  const names = await readdir(join(backupFolder, 'snapshots')).catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => SNAPSHOT_NAME.test(name))
      .map(async (name) => {
        const folder = join(backupFolder, 'snapshots', name);
        const manifest = await readManifest(folder);
        return manifest === null ? null : { name, folder, content: manifest.content };
      }),
  );
  return found.filter((snapshot) => snapshot !== null).sort((a, b) => b.name.localeCompare(a.name));
}

export function snapshotName(takenAt: number): string {
  return new Date(takenAt).toISOString().replace(/[-:.]/g, '');
}

function isMac(dataKey: Uint8Array, purpose: Purpose, text: string, mac: string): boolean {
  return timingSafeEqual(Buffer.from(macOf(dataKey, purpose, text), 'hex'), Buffer.from(mac, 'hex'));
}

function macOf(dataKey: Uint8Array, purpose: Purpose, text: string): string {
  return createHmac('sha256', deriveKey(dataKey, purpose)).update(text).digest('hex');
}
