import { z } from 'zod';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { getSetting, putSetting } from '../../db/queries/settings';
import { endedSinceLastKey } from '../../db/queries/users';
import { type ReadableDatabase, transaction, type WritableDatabase } from '../../db/sql';
import { NEW_KEY_NIGHT, NEW_KEY_TIMES, type NewKeyPlan, type NewKeyState, type NewKeyTime } from '../../shared/domain/accounts';
import { siteHour } from '../../shared/clinical/days';
import type { Actor } from '../../shared/domain/codes';
import { type AppErrorData, ERROR_CODES } from '../../shared/errors';
import { requireRole } from '../actor';
import { vaultOf } from './accounts';

const SETTING = 'new-key-plan';
const planSchema = z
  .object({
    when: z.enum(NEW_KEY_TIMES),
    plannedBy: z.string(),
    plannedAt: z.number(),
    failed: z.object({ code: z.enum(ERROR_CODES), params: z.record(z.string(), z.union([z.string(), z.number()])) }).nullable(),
  })
  .nullable();

/** Nobody at the window for so long: time to let the next person sit down, or to have second thoughts. */
const AFTER_SIGN_OUT_MS = 20_000;
/** At night a locked window that nobody has touched for so long was left, not interrupted: what had not been saved in it is given up. */
const LOCKED_IS_LEFT_MS = 60 * 60_000;

/** Since when nobody has been at the window. */
export interface Absence {
  state: 'signed-out' | 'locked';
  ms: number;
}

/** The plan to encrypt everything anew, where there is one. */
export function newKeyPlan(database: ReadableDatabase): NewKeyPlan | null {
  const plan = getSetting(database, SETTING, planSchema) ?? null;
  return plan && { when: plan.when, plannedAt: plan.plannedAt, failed: plan.failed };
}

/** What an administrator should know: who has left since the key was made, and what is planned. */
export function newKeyState(actor: Actor, profile: Profile): NewKeyState {
  requireRole(actor, 'admin');
  return { left: endedSinceLastKey(profile.database), plan: newKeyPlan(profile.database) };
}

/**
 * Plans a new data key for when nobody works. It lies in the profile, so that it outlives the program: what is cut off begins again, and the profile is
 * the old one until then.
 *
 * @param when null gives the plan up
 * @throws AppError not-permitted in a profile without accounts
 */
export function planNewKey(actor: Actor, profile: Profile, when: NewKeyTime | null): void {
  requireRole(actor, 'admin');
  vaultOf(profile);
  const { database, site } = profile;
  transaction(database, () => {
    putSetting(database, SETTING, when && { when, plannedBy: actor.userId, plannedAt: Date.now(), failed: null });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: when === null ? 'profile.rekey-given-up' : 'profile.rekey-planned',
      recordType: 'site',
      recordId: site.id,
      details: when === null ? {} : { when },
    });
  });
}

/** Who answers for it: they gave their password when they planned it. Null where nothing is planned. */
export function plannerOf(database: ReadableDatabase): Actor | null {
  const plan = getSetting(database, SETTING, planSchema) ?? null;
  return plan && { userId: plan.plannedBy, roles: ['admin'] };
}

/** In the profile that has the new key. */
export function planDone(database: WritableDatabase): void {
  putSetting(database, SETTING, null);
}

/** Kept until somebody plans it again: a full disk is not tried every night without a word. */
export function planFailed(database: WritableDatabase, failed: AppErrorData): void {
  const plan = getSetting(database, SETTING, planSchema);
  if (plan != null) putSetting(database, SETTING, { ...plan, failed });
}

/**
 * Whether the time has come.
 *
 * @param zone of the site, whose night it is
 */
export function planIsDue(plan: NewKeyPlan | null, absence: Absence | null, nowMs: number, zone: string): boolean {
  if (plan === null || plan.failed !== null || absence === null) return false;
  if (plan.when === 'signed-out') return absence.state === 'signed-out' && absence.ms >= AFTER_SIGN_OUT_MS;
  const hour = siteHour(nowMs, zone);
  if (hour < NEW_KEY_NIGHT.from && hour >= NEW_KEY_NIGHT.until) return false;
  return absence.ms >= (absence.state === 'signed-out' ? AFTER_SIGN_OUT_MS : LOCKED_IS_LEFT_MS);
}
