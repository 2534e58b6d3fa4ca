import { join } from 'node:path';

import envPaths from 'env-paths';

interface DefaultFolders {
  /** The clinic's own profile. */
  profile: string;
  /** Invented patients never lie beside real ones. */
  demoProfile: string;
  /** What can be found out again, such as which backends work here. */
  cache: string;
}

/** Folders of this user by the custom of the system (XDG, Application Support, AppData). */
export function defaultFolders(): DefaultFolders {
  const paths = envPaths('netra', { suffix: '' });
  return { profile: join(paths.data, 'profile'), demoProfile: join(paths.data, 'demo-profile'), cache: paths.cache };
}
