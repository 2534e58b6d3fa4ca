import { settleCopy } from '../../db/profile/copy';
import type { KeySource } from '../../db/profile/key-source';
import { createOrOpenProfile, type Profile, profileKind } from '../../db/profile/profile';
import { getUser } from '../../db/queries/users';
import { type Actor, LOCAL_ACTOR } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { openWithPassword } from './open-vault';
import { Throttle } from './throttle';

type Credentials = { login: string; password: string } | null;

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
export async function openProfileAs(folder: string, credentials: Credentials): Promise<OpenedAs> {
  await settleCopy(folder);
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

export interface UnlockedAs {
  actor: Actor;
  /** Absent where the key lies in the folder. */
  keySource?: KeySource;
}

/** As `openProfileAs`, for whoever opens the profile itself: it is opened once to see who may work on it, and closed again. */
export async function unlockAs(folder: string, credentials: Credentials): Promise<UnlockedAs> {
  if (profileKind(folder) !== 'accounts') return { actor: LOCAL_ACTOR };
  const { profile, actor } = await openProfileAs(folder, credentials);
  const { vault } = profile;
  profile.close();
  return { actor, ...(vault !== null && { keySource: vault }) };
}
