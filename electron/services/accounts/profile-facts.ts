import { type Profile, type ProfileKind, profileKind } from '../../db/profile/profile';
import { unseenBreakGlassUses } from '../../db/queries/break-glass';
import { getSiteSettings } from '../../db/queries/sites';

export type { UnlockedVault } from '../../db/profile/vault';

export function kindOfProfile(folder: string): ProfileKind {
  return profileKind(folder);
}

/** When the glass was broken, as long as no administrator has looked into it: every screen shows it. */
export function brokenGlass({ database }: Profile): { at: number }[] {
  return unseenBreakGlassUses(database).map(({ at }) => ({ at }));
}

export function siteName({ database }: Profile): string {
  return getSiteSettings(database).name;
}
