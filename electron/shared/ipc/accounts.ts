import { z } from 'zod';
import {
  type Account,
  GUIDELINES,
  IDLE_LOCK_MINUTES,
  MAX_PASSWORD_LENGTH,
  NEW_KEY_TIMES,
  type NewKeyState,
  PROTOCOLS,
  type SiteSettings,
  SLIP_LANGUAGES,
} from '../domain/accounts';
import { ROLES, SITE_MODES } from '../domain/codes';
import type { AuditChain, AuditRow } from '../domain/audit';

const nothing = z.strictObject({});
const id = z.string().min(1).max(64);
const login = z.string().min(1).max(64);
/** Longer than any rule allows, so that the rule and not the schema explains itself. */
const secret = z
  .string()
  .min(1)
  .max(4 * MAX_PASSWORD_LENGTH);
const text = z.string().trim().max(200);
const name = text.min(1);
const roles = z.array(z.enum(ROLES)).min(1).max(ROLES.length);
const codeKind = z.enum(['recovery', 'break-glass']);

const site = z.strictObject({
  name,
  contact: text,
  mode: z.enum(SITE_MODES),
  guideline: z.enum(GUIDELINES),
  protocol: z.enum(PROTOCOLS),
  languages: z.array(z.enum(SLIP_LANGUAGES)).min(1).max(SLIP_LANGUAGES.length),
  idleLockMinutes: z.literal(IDLE_LOCK_MINUTES),
});
const firstAdmin = z.strictObject({ login, name, roles, password: secret });
const auditFilter = {
  actorId: id.nullable(),
  action: id.nullable(),
  recordId: id.nullable(),
  from: z.number().int().nullable(),
  until: z.number().int().nullable(),
};

export const accountInputs = {
  /** The second door of a first start: a profile whose key lies in it. */
  startWithoutAccounts: nothing,
  setUpClinic: z.strictObject({ site, admin: firstAdmin }),

  /** A profile without accounts gets them: copied under a new key, the old copy destroyed. */
  protectProfile: z.strictObject({ site, admin: firstAdmin }),
  /** Everything under a new key: somebody left. */
  rekey: z.strictObject({ password: secret }),
  newKeyState: nothing,
  /** The same later, when nobody works. */
  planNewKey: z.strictObject({ password: secret, when: z.enum(NEW_KEY_TIMES) }),
  giveUpNewKey: nothing,
  /** Stops the copying under a new key; the profile is as it was. */
  stopCopying: nothing,

  signIn: z.strictObject({ login, password: secret }),
  unlock: z.strictObject({ userId: id, pin: z.string().max(16) }),
  lock: nothing,
  signOut: nothing,
  /** An administrator's new password, for the recovery code. */
  recover: z.strictObject({ code: secret, login, password: secret }),
  breakGlass: z.strictObject({ code: secret, person: name, reason: name }),
  changePassword: z.strictObject({ current: secret, next: secret }),
  changePin: z.strictObject({ password: secret, pin: z.string().max(16).nullable() }),

  listAccounts: nothing,
  addAccount: z.strictObject({ login, name, roles }),
  changeAccount: z.strictObject({ userId: id, name, roles }),
  endAccount: z.strictObject({ userId: id }),
  resetPassword: z.strictObject({ userId: id }),
  renewCode: z.strictObject({ kind: codeKind, password: z.string().max(4 * MAX_PASSWORD_LENGTH) }),

  siteSettings: nothing,
  saveSiteSettings: site,
  brokenGlass: nothing,
  markGlassSeen: z.strictObject({ id }),

  auditEvents: z.strictObject({ ...auditFilter, offset: z.number().int().min(0), limit: z.number().int().min(1).max(500) }),
  auditChain: nothing,
  /** As CSV, where the person chooses; null when no file was chosen. */
  exportAudit: z.strictObject(auditFilter),
} as const satisfies Record<keyof AccountOutputs, z.ZodType>;

/** Shown once, to be printed. */
export interface EmergencyCodes {
  recovery: string;
  'break-glass': string;
}

export interface AccountOutputs {
  startWithoutAccounts: null;
  setUpClinic: EmergencyCodes;
  protectProfile: EmergencyCodes;
  rekey: null;
  newKeyState: NewKeyState;
  planNewKey: null;
  giveUpNewKey: null;
  stopCopying: null;

  signIn: null;
  unlock: null;
  lock: null;
  signOut: null;
  recover: null;
  breakGlass: null;
  changePassword: null;
  changePin: null;

  listAccounts: Account[];
  addAccount: { account: Account; password: string };
  changeAccount: Account;
  endAccount: Account;
  resetPassword: { password: string };
  renewCode: { code: string };

  siteSettings: SiteSettings;
  saveSiteSettings: SiteSettings;
  brokenGlass: { id: string; person: string; reason: string; at: number; seenAt: number | null }[];
  markGlassSeen: null;

  auditEvents: { total: number; rows: AuditRow[]; actions: string[] };
  auditChain: AuditChain;
  exportAudit: { file: string; events: number } | null;
}
