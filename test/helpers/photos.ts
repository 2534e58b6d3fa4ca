import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'vitest';
import { PHOTOS } from './photos-folder';

/**
 * Declares a test on real photographs. Where a wanted folder is absent the test is skipped, with the reason in its name.
 *
 * @param name what the test shows
 * @param folders wanted folders below PHOTOS, such as `eyepacs`
 * @param body gets the absolute paths of those folders, in order
 */
export function photoTest(
  name: string,
  folders: readonly string[],
  body: (...paths: string[]) => Promise<void> | void,
  timeoutMs?: number,
): void {
  const paths = folders.map((folder) => resolve(PHOTOS, folder));
  const missing = folders.filter((_, index) => !existsSync(paths[index] ?? ''));
  if (missing.length > 0) test.skip(`${name} (skipped: no photographs of ${missing.join(', ')}, see NETRA_PHOTOS)`, () => undefined);
  else test(name, async () => body(...paths), timeoutMs);
}
