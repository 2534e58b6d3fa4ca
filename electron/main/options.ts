import { resolve } from 'node:path';

export interface StartOptions {
  /** Folder of the profile, or null for the user's own. */
  profile: string | null;
  /** Draw without the GPU. */
  safeMode: boolean;
}

/**
 * What `netra` was started with: `--profile DIR` (or NETRA_PROFILE) and `--safe-mode`. Chromium's own switches and the
 * application's folder stand in the same list and are passed over.
 */
export function readStartOptions(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): StartOptions {
  let profile: string | null = environment['NETRA_PROFILE'] ?? null;
  let safeMode = false;
  argv.forEach((argument, index) => {
    if (argument === '--safe-mode') safeMode = true;
    else if (argument.startsWith('--profile=')) profile = argument.slice('--profile='.length);
    else if (argument === '--profile') profile = argv[index + 1] ?? profile;
  });
  return { profile: profile === null || profile === '' ? null : resolve(profile), safeMode };
}
