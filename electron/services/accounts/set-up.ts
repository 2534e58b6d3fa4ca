import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { appendAuditEvent } from '../../db/audit';
import { newId } from '../../db/ids';
import { makeFolderDurably, syncFolderAsync } from '../../db/profile/durable-file';
import { createOrOpenProfile, type Profile, profileKind } from '../../db/profile/profile';
import { makeEntry, UnlockedVault, type VaultEntry, writeVault } from '../../db/profile/vault';
import { setSiteSettings } from '../../db/queries/sites';
import { addUser } from '../../db/queries/users';
import { transaction } from '../../db/sql';
import type { FirstAdmin, SiteSettings } from '../../shared/domain/accounts';
import { AppError } from '../../shared/errors';
import type { EmergencyCodes } from '../../shared/ipc/accounts';
import { checkLogin, checkPassword } from './password-rules';
import { CODE_ENTRIES, newCode } from './secrets';

/** Everything that a protected profile needs before it has a database. */
export interface NewVault {
  adminId: string;
  dataKey: Uint8Array;
  entries: VaultEntry[];
  codes: EmergencyCodes;
}

/** @throws AppError login-invalid | password-too-short | password-too-common */
export async function newVault(admin: FirstAdmin, siteName: string): Promise<NewVault> {
  checkLogin(admin.login);
  checkPassword(admin.password, [admin.login, admin.name, siteName]);
  const adminId = newId();
  const dataKey = new Uint8Array(randomBytes(32));
  const codes = { recovery: newCode(), 'break-glass': newCode() };
  const entries = [
    await makeEntry({ id: adminId, kind: 'password', login: admin.login }, admin.password, dataKey),
    await makeEntry(CODE_ENTRIES.recovery, codes.recovery, dataKey),
    await makeEntry(CODE_ENTRIES['break-glass'], codes['break-glass'], dataKey),
  ];
  return { adminId, dataKey, entries, codes };
}

/**
 * First start: a profile with its site, its first administrator and both codes. It is made beside its place and moved there when all of it is on
 * disk, so that power that fails leaves nothing or everything.
 *
 * @returns the codes to print
 * @throws AppError profile-exists | login-invalid | password-too-short | password-too-common | disk-full | profile-read-only
 */
export async function setUpClinic(folder: string, site: SiteSettings, admin: FirstAdmin): Promise<EmergencyCodes> {
  if (profileKind(folder) !== 'new') throw new AppError('profile-exists');
  // Without a validation no site issues AI results.
  if (site.mode === 'ai-result-issued') throw new AppError('validation-missing');
  const made = await newVault(admin, site.name);
  const making = `${folder}.making`;
  await rm(making, { recursive: true, force: true });
  await makeFolderDurably(making);
  await writeVault(making, made.entries);
  const profile = await createOrOpenProfile(making, new UnlockedVault(making, made.dataKey));
  try {
    addFirstAdmin(profile, made, site, admin, 'profile.set-up');
  } finally {
    profile.close();
  }
  await removeEmptyProfile(folder);
  await rename(making, folder);
  await syncFolderAsync(dirname(folder));
  return made.codes;
}

/** In one transaction: the site as it was described, its administrator, and that it happened. */
export function addFirstAdmin(
  { database, site }: Pick<Profile, 'database' | 'site'>,
  { adminId }: NewVault,
  settings: SiteSettings,
  admin: FirstAdmin,
  action: 'profile.set-up' | 'profile.protected',
): void {
  transaction(database, () => {
    setSiteSettings(database, settings);
    const roles = admin.roles.includes('admin') ? admin.roles : [...admin.roles, 'admin' as const];
    const user = addUser(database, {
      id: adminId,
      siteId: site.id,
      login: admin.login,
      name: admin.name,
      roles,
      mustChangePassword: false,
    });
    const actor = { userId: user.id, roles: user.roles };
    appendAuditEvent(database, { siteId: site.id, actor, action, recordType: 'site', recordId: site.id, details: { mode: settings.mode } });
    appendAuditEvent(database, { siteId: site.id, actor, action: 'account.added', recordType: 'account', recordId: user.id });
  });
}

/** What a look at the folder may have left in it: the lock file, empty. @throws AppError profile-exists where there is more */
export async function removeEmptyProfile(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  const names = await readdir(folder);
  if (names.some((name) => name !== 'lock.db')) throw new AppError('profile-exists');
  for (const name of names) await rm(`${folder}/${name}`);
  await rmdir(folder);
}
