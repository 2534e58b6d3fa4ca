import { z } from 'zod';
import { firstRecordAt, lastBackupAt } from '../../db/queries/backups';
import { getSetting } from '../../db/queries/settings';
import type { Profile } from '../../db/profile/profile';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { BackupStatus } from '../../shared/ipc/backup';
import { requireRole } from '../actor';

/** Where the last backup went: offered again. */
export const BACKUP_SETTING = 'backup';
/** After more days than this without a backup the window warns. */
const WARN_AFTER_DAYS = 2;
const DAY_MS = 86_400_000;

/** How old the last backup is, and whether that is too old. Without records there is nothing to lose and nothing to warn of. */
export function backupStatus(actor: Actor, { database, vault }: Pick<Profile, 'database' | 'vault'>, now = Date.now()): BackupStatus {
  requireRole(actor, ...ROLES);
  const lastAt = lastBackupAt(database);
  const since = lastAt ?? firstRecordAt(database);
  // A clock that was set back makes no backup younger than "today".
  const days = since === null ? null : Math.max(0, Math.floor((now - since) / DAY_MS));
  return {
    lastAt,
    days,
    overdue: days !== null && days > WARN_AFTER_DAYS,
    folder: getSetting(database, BACKUP_SETTING, z.object({ folder: z.string() }))?.folder ?? null,
    possible: vault !== null,
  };
}
