import { createOrOpenProfile, type Profile } from '../../db/profile/profile';

/** Opens the profile for a piece of work that needs no screening engine, and closes it whatever happens. @throws AppError profile-*, database-* */
export async function withProfile<T>(folder: string, work: (profile: Profile) => Promise<T>): Promise<T> {
  const profile = await createOrOpenProfile(folder);
  try {
    return await work(profile);
  } finally {
    profile.close();
  }
}
