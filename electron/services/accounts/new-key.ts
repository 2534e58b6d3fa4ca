import { randomBytes } from 'node:crypto';
import { appendAuditEvent } from '../../db/audit';
import { copyUnderNewKey, settleCopy } from '../../db/profile/copy';
import { partsOf } from '../../db/profile/profile';
import { unwrappedKeyFile } from '../../db/profile/key-source';
import { readVault, UnlockedVault, withDataKey } from '../../db/profile/vault';
import type { FirstAdmin, SiteSettings } from '../../shared/domain/accounts';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { EmergencyCodes } from '../../shared/ipc/accounts';
import { requireRole } from '../actor';
import { planDone } from './planned-key';
import { addFirstAdmin, newVault } from './set-up';

export { settleCopy };

interface CopyWatch {
  onProgress: (done: number, total: number) => void;
  /** Stops it as long as the old profile is the profile. */
  signal: AbortSignal;
}

/**
 * Gives accounts to a profile that was begun without: everything is copied under a new key and the old copy, whose key lay in the folder, is destroyed. The
 * profile is closed meanwhile.
 *
 * @throws AppError cancelled | profile-locked | disk-full | login-invalid | password-* | validation-missing
 */
export async function protectProfile(
  actor: Actor,
  folder: string,
  { site, admin }: { site: SiteSettings; admin: FirstAdmin },
  watch: CopyWatch,
): Promise<EmergencyCodes> {
  requireRole(actor, 'admin');
  if (site.mode === 'ai-result-issued') throw new AppError('validation-missing');
  const oldKey = await unwrappedKeyFile(partsOf(folder).key).read();
  if (oldKey === null) throw new AppError('profile-damaged', { part: 'key' });
  const made = await newVault(admin, site.name);
  await copyUnderNewKey({
    folder,
    oldKey,
    newKey: made.dataKey,
    entries: made.entries,
    prepare: (profile) => addFirstAdmin(profile, made, site, admin, 'profile.protected'),
    ...watch,
  });
  return made.codes;
}

/**
 * Everything under a new data key, with the same passwords and codes: who has left and knows the old key can open no later copy. The profile is closed
 * meanwhile.
 *
 * @returns the vault as it is open now
 * @throws AppError cancelled | profile-locked | disk-full
 */
export async function rekeyProfile(actor: Actor, folder: string, vault: UnlockedVault, watch: CopyWatch): Promise<UnlockedVault> {
  requireRole(actor, 'admin');
  const newKey = new Uint8Array(randomBytes(32));
  await copyUnderNewKey({
    folder,
    oldKey: await vault.read(),
    newKey,
    entries: withDataKey(await readVault(folder), newKey),
    prepare: ({ database, site }) => {
      planDone(database);
      appendAuditEvent(database, { siteId: site.id, actor, action: 'profile.rekeyed', recordType: 'site', recordId: site.id });
    },
    ...watch,
  });
  return new UnlockedVault(folder, newKey);
}
