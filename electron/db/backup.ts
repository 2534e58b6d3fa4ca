import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AppError } from '../shared/errors';
import { syncFile, syncFolder, TEMPORARY_SUFFIX } from './profile/durable-file';
import { toStorageError } from './storage-error';

/** A copy of the database made before a migration: `netra-v<schema version>-<UTC time>.db`, encrypted with the profile's key like the original. */
export interface Backup {
  name: string;
  schemaVersion: number;
  madeAt: number;
}

const NAME = /^netra-v(\d+)-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z\.db$/;

/** Newest first; none when there is no such folder. */
export function listBackups(backupFolder: string): Backup[] {
  if (!existsSync(backupFolder)) return [];
  return readdirSync(backupFolder)
    .flatMap((name) => {
      const match = NAME.exec(name);
      if (!match) return [];
      const [version, year, month, day, hour, minute, second, milliseconds] = match.slice(1).map(Number) as [
        number,
        number,
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return [{ name, schemaVersion: version, madeAt: Date.UTC(year, month - 1, day, hour, minute, second, milliseconds) }];
    })
    .sort((a, b) => b.madeAt - a.madeAt);
}

/**
 * Copies the closed database beside itself, durably, before a migration touches it.
 *
 * @throws AppError disk-full | profile-read-only; the migration must then not run
 */
export function backUpBeforeMigration({ file, backupFolder, version }: { file: string; backupFolder: string; version: number }): void {
  const name = `netra-v${version}-${new Date().toISOString().replace(/[-:.]/g, '')}.db`;
  mkdirSync(backupFolder, { recursive: true, mode: 0o700 });
  syncFolder(join(backupFolder, '..'));
  copyDurably(file, join(backupFolder, name));
}

/** After an erasure: a copy from before it still holds what was erased. */
export function removeBackups(backupFolder: string): void {
  for (const { name } of listBackups(backupFolder)) rmSync(join(backupFolder, name), { force: true });
  if (existsSync(backupFolder)) syncFolder(backupFolder);
}

/**
 * Puts a backup in the place of the database. What was there is not deleted but renamed to `<database>.replaced-<UTC time>`. The caller holds
 * the profile's lock and has the database closed.
 *
 * @throws AppError not-found | disk-full | profile-read-only
 */
export function restoreBackup({ file, backupFolder, name }: { file: string; backupFolder: string; name: string }): void {
  if (basename(name) !== name || !listBackups(backupFolder).some((backup) => backup.name === name)) throw new AppError('not-found');
  const incoming = `${file}${TEMPORARY_SUFFIX}`;
  copyDurably(join(backupFolder, name), incoming);
  const suffix = `.replaced-${new Date().toISOString().replace(/[-:.]/g, '')}`;
  // The log goes first: a log beside a database that it does not belong to must never be left after a power cut.
  for (const part of ['-wal', '-shm', '']) {
    if (existsSync(`${file}${part}`)) renameSync(`${file}${part}`, `${file}${suffix}${part}`);
  }
  renameSync(incoming, file);
  syncFolder(join(file, '..'));
}

function copyDurably(from: string, to: string): void {
  const temporary = `${to}${TEMPORARY_SUFFIX}`;
  try {
    copyFileSync(from, temporary);
    syncFile(temporary);
    renameSync(temporary, to);
    syncFolder(join(to, '..'));
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw toStorageError(thrown);
  }
}
