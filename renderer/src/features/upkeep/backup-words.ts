import type { BackupStatus } from '../../../../electron/shared/ipc/backup';
import { m } from '../../../../electron/shared/messages/messages';
import { wholeNumber } from '../../lib/format';

/** How old the last backup is, in words. */
export function backupAge({ lastAt, days, overdue }: BackupStatus): string {
  if (overdue && days !== null) return m.backup_overdue({ days: wholeNumber(days) });
  if (lastAt === null || days === null) return m.backup_none();
  return days === 0 ? m.backup_today() : m.backup_days({ days: wholeNumber(days) });
}
