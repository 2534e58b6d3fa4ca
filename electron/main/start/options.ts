import { resolve } from 'node:path';

export interface StartOptions {
  /** Folder of the profile, or null for the user's own. */
  profile: string | null;
  /** Draw without the GPU. */
  safeMode: boolean;
  /** A throw-away profile with invented patients. */
  demo: boolean;
}

/**
 * What `netra` was started with: `--profile DIR` (or NETRA_PROFILE) `--safe-mode` and `--demo`. Chromium's own switches and the
 * application's folder stand in the same list and are passed over.
 */
export function readStartOptions(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): StartOptions {
  let profile: string | null = environment['NETRA_PROFILE'] ?? null;
  let safeMode = false;
  let demo = false;
  argv.forEach((argument, index) => {
    if (argument === '--safe-mode') safeMode = true;
    else if (argument === '--demo') demo = true;
    else if (argument.startsWith('--profile=')) profile = argument.slice('--profile='.length);
    else if (argument === '--profile') profile = argv[index + 1] ?? profile;
  });
  return { profile: profile === null || profile === '' ? null : resolve(profile), safeMode, demo };
}
