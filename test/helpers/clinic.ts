import { join } from 'node:path';
import { setUpClinic } from '../../electron/services/accounts/set-up';
import type { SiteSettings } from '../../electron/shared/domain/accounts';
import type { Role } from '../../electron/shared/domain/codes';
import type { EmergencyCodes } from '../../electron/shared/ipc/accounts';
import { temporaryFolder } from './temporary';

export const SITE: SiteSettings = {
  name: 'Sunrise Eye Clinic',
  contact: '044 1234567',
  mode: 'doctor-reads-all',
  guideline: 'aios-vrsi-2020',
  protocol: 'one-macula-field',
  languages: ['en', 'ta'],
  idleLockMinutes: 5,
};
const ROLES: Role[] = ['technician', 'admin'];
export const ADMIN = { login: 'asha', name: 'Asha Nair', roles: ROLES, password: 'quiet lamp under river' };

/** A protected profile as the first start makes it, closed. */
export async function clinic(): Promise<{ folder: string; codes: EmergencyCodes }> {
  const folder = join(temporaryFolder(), 'profile');
  return { folder, codes: await setUpClinic(folder, SITE, ADMIN) };
}
