import { randomBytes } from 'node:crypto';
import { createOrOpenProfile } from '../../electron/db/profile/profile';
import { makeFolderDurably } from '../../electron/db/profile/durable-file';
import { makeEntry, UnlockedVault, type VaultEntry, writeVault } from '../../electron/db/profile/vault';
import { newId } from '../../electron/db/ids';
import { setSiteSettings } from '../../electron/db/queries/sites';
import { addUser } from '../../electron/db/queries/users';
import { transaction } from '../../electron/db/sql';
import type { Role } from '../../electron/shared/domain/codes';

/** One of each role, and as many doctors as a disagreement needs. */
export const STAFF = {
  technician: { name: 'Meena Kumari', roles: ['technician'] },
  doctor: { name: 'Dr. Anand Rao', roles: ['doctor'] },
  'doctor-two': { name: 'Dr. Leela Iyer', roles: ['doctor'] },
  'doctor-three': { name: 'Dr. John Mathew', roles: ['doctor'] },
  admin: { name: 'Asha Nair', roles: ['admin'] },
} as const satisfies Record<string, { name: string; roles: Role[] }>;
export type StaffLogin = keyof typeof STAFF;

/** Without a lock for a moment's silence: tests look at other things. */
const CHEAP = { n: 2 ** 10, r: 8, p: 1 };

export function passwordOf(login: StaffLogin): string {
  return `${login} quiet lamp river`;
}

/** A protected profile with everybody in it, as if the clinic had been set up long ago. Passwords cost next to nothing to try. */
export async function makeStaffedClinic(folder: string): Promise<void> {
  await makeFolderDurably(folder);
  const dataKey = new Uint8Array(randomBytes(32));
  const entries: VaultEntry[] = [];
  const logins = Object.keys(STAFF) as StaffLogin[];
  for (const login of logins) entries.push(await makeEntry({ id: newId(), kind: 'password', login }, passwordOf(login), dataKey, CHEAP));
  await writeVault(folder, entries);
  const profile = await createOrOpenProfile(folder, new UnlockedVault(folder, dataKey));
  transaction(profile.database, () => {
    setSiteSettings(profile.database, {
      name: 'Sunrise Eye Clinic',
      contact: '044 1234567',
      mode: 'doctor-reads-all',
      guideline: 'aios-vrsi-2020',
      protocol: 'one-macula-field',
      languages: ['en', 'hi', 'ta'],
      idleLockMinutes: 30,
    });
    logins.forEach((login, index) => {
      const id = entries[index]?.id ?? '';
      addUser(profile.database, { id, siteId: profile.site.id, login, ...STAFF[login], mustChangePassword: false });
    });
  });
  profile.close();
}
