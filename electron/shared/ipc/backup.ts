import { z } from 'zod';

const nothing = z.strictObject({});
const path = z.string().min(1).max(4096);

/** Backup to a stick, and restoring one on an empty computer. */
export const backupInputs = {
  backupStatus: nothing,
  /** Begins a backup into this folder, as a task. */
  startBackup: z.strictObject({ folder: path }),
  /** Asks for a folder before anybody is signed in; null when closed without a choice. */
  chooseBackup: nothing,
  /** Begins to restore onto an empty profile, as a task; the program opens it when it is done. */
  startRestore: z.strictObject({
    snapshot: path,
    secret: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('password'), login: z.string().max(64), password: z.string().max(200) }),
      z.strictObject({ kind: z.literal('recovery'), code: z.string().max(200) }),
    ]),
  }),
  cancelRestore: nothing,
} as const satisfies Record<keyof BackupOutputs, z.ZodType>;

export interface BackupStatus {
  /** The moment that the last backup shows; null: none yet. */
  lastAt: number | null;
  /** Since then, or since the first record; null while there is nothing to lose. */
  days: number | null;
  /** More than two days. */
  overdue: boolean;
  /** Where the last one went. */
  folder: string | null;
  /** False without accounts: nobody could open it again. */
  possible: boolean;
}

export interface SnapshotFacts {
  /** What `startRestore` takes. */
  folder: string;
  takenAt: number;
  /** Photograph files. */
  files: number;
  bytes: number;
}

export interface BackupOutputs {
  backupStatus: BackupStatus;
  startBackup: { taskId: string };
  chooseBackup: { snapshots: SnapshotFacts[] } | null;
  startRestore: { taskId: string };
  cancelRestore: null;
}
