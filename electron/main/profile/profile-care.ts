import type { ErrorCode } from '../../shared/errors';
import type { ProfileAction } from '../../shared/ipc/types';

/** The ways out of trouble with a profile. Nothing here deletes anything. */
export interface ProfileCare {
  hasBackup(): boolean;
  /** Renames the profile's folder. @returns its new name */
  setAside(): Promise<string>;
  /** Puts the newest backup in the database's place, the damaged one beside it. @returns when the backup was made, ISO */
  restoreBackup(): string;
  /** Asks for another folder and starts again with it. */
  chooseProfile(): Promise<void>;
  showLogs(): Promise<void>;
}

/** What can help with which trouble, the likeliest first. */
export function actionsFor(code: ErrorCode, hasBackup: boolean): ProfileAction[] {
  const always: ProfileAction[] = ['choose-profile', 'show-logs', 'quit'];
  switch (code) {
    // Another program has it, or the disk is in the way: the data are whole.
    case 'profile-locked':
    case 'profile-read-only':
    case 'disk-full':
      return ['retry', ...always];
    // Written by a newer Netra: going back would lose what it wrote.
    case 'database-from-future':
      return always;
    case 'profile-damaged':
    case 'database-damaged':
    case 'database-wrong-key':
      return [...(hasBackup ? (['restore-backup'] as const) : []), 'retry', 'set-aside', ...always];
    default:
      return ['retry', ...always];
  }
}
