import { createOrOpenProfile, type Profile, profileKind } from '../../db/profile/profile';
import { getUser } from '../../db/queries/users';
import { type Actor, LOCAL_ACTOR } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { openWithPassword } from './open-vault';
import { Throttle } from './throttle';

export interface OpenedAs {
  profile: Profile;
  actor: Actor;
}

/**
 * Opens a profile for a command. One with accounts asks for a name and a password, one without opens as the local user.
 *
 * @param credentials null where nobody was named
 * @throws AppError sign-in-required | sign-in-failed | sign-in-throttled {seconds} | account-left | password-must-change | profile-* | database-*
 */
export async function openProfileAs(folder: string, credentials: { login: string; password: string } | null): Promise<OpenedAs> {
  if (profileKind(folder) !== 'accounts') return { profile: await createOrOpenProfile(folder), actor: LOCAL_ACTOR };
  if (credentials === null) throw new AppError('sign-in-required');
  const { vault, entryId } = await openWithPassword(folder, new Throttle(folder), credentials.login, credentials.password);
  const profile = await createOrOpenProfile(folder, vault);
  const user = getUser(profile.database, entryId);
  const problem = user === undefined || user.state === 'left' ? 'account-left' : user.mustChangePassword ? 'password-must-change' : null;
  if (user === undefined || problem !== null) {
    profile.close();
    throw new AppError(problem ?? 'account-left');
  }
  return { profile, actor: { userId: user.id, roles: user.roles } };
}
