import { listProfileBackups, restoreProfileBackup, setProfileAside } from '../../db/profile/profile';
import { AppError } from '../../shared/errors';

export { listProfileBackups };

/**
 * Puts the newest backup in the place of the database, which is kept beside it.
 *
 * @returns when the backup was made, ISO
 * @throws AppError not-found | profile-locked | profile-read-only | disk-full
 */
export function restoreNewestBackup(profileFolder: string): string {
  const newest = listProfileBackups(profileFolder)[0];
  if (newest === undefined) throw new AppError('not-found', { what: 'backup' });
  restoreProfileBackup(profileFolder, newest.name);
  return new Date(newest.madeAt).toISOString();
}

/** Renames a profile that does not open; nothing is deleted. @returns the folder's new path */
export function setAside(profileFolder: string): Promise<string> {
  return setProfileAside(profileFolder);
}
