import { z } from 'zod';

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);

export const packageInputs = {
  listPackages: nothing,
  /** Asks where to; null when the dialog is closed. The passphrase is in the task's result. */
  sendPackage: z.strictObject({ campaignId: id, readerId: id, dueDay: z.iso.date() }),
  sendAnswers: z.strictObject({ packageId: id }),
  /** Asks for the file. */
  openPackage: z.strictObject({ passphrase: z.string().min(1).max(200) }),
  /** What a task has come to; null while it runs, and for ever after it was asked for once: a passphrase is shown once. */
  packageResult: z.strictObject({ taskId: id }),
  acceptSender: z.strictObject({ publicKey: z.base64().length(44), siteCode: z.uuid() }),
} as const satisfies Record<keyof PackageOutputs, z.ZodType>;

/** What the window gets of packages that are read elsewhere. */
export interface PackageOutputs {
  listPackages: PackageLists;
  sendPackage: { taskId: string } | null;
  sendAnswers: { taskId: string } | null;
  openPackage: { taskId: string } | null;
  packageResult: PackageResult | null;
  acceptSender: null;
}

export interface PackageLists {
  /** Ours, to be compared by voice. */
  fingerprint: string;
  sent: {
    packageId: string;
    campaign: number;
    reader: string;
    dueDay: string;
    createdAt: number;
    images: number;
    answered: number;
    ended: number;
    /** Answers are missing and the day has passed. */
    overdue: boolean;
  }[];
  received: { packageId: string; sender: string; campaignId: string; campaign: number; dueDay: string; images: number; answered: number }[];
}

export type PackageResult =
  | { kind: 'sent'; passphrase: string }
  | { kind: 'answered'; answers: number; passphrase: string }
  | { kind: 'unknown-sender'; fingerprint: string; publicKey: string; siteCode: string }
  | { kind: 'images'; packageId: string; campaignId: string; images: number; undecodable: number; again: boolean }
  | { kind: 'answers'; packageId: string; answers: number; added: number };
