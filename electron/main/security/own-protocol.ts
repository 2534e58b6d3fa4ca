import { join, normalize, sep } from 'node:path';
import type { CustomScheme } from 'electron';
import { APP_ORIGIN, APP_SCHEME } from '../../shared/ipc/images';

/**
 * Item 18: pages come from our own scheme, never from file://, so that they have an origin and see no other file.
 * https://www.electronjs.org/docs/latest/tutorial/security#18-avoid-usage-of-the-file-protocol-and-prefer-usage-of-custom-protocols
 */
export const OWN_SCHEME: CustomScheme = {
  scheme: APP_SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, codeCache: true },
};

/**
 * @param folder the built pages
 * @returns the file behind an address of ours, or null for any other address and for every path out of the folder
 */
export function pageFile(url: string, folder: string): string | null {
  if (!url.startsWith(`${APP_ORIGIN}/`)) return null;
  let path: string;
  try {
    // Taken by hand: the URL parser would fold `..` away before it could be refused.
    path = decodeURIComponent(url.slice(APP_ORIGIN.length).replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
  if (path.includes('\0') || path.includes('\\')) return null;
  const file = normalize(join(folder, path === '/' ? 'index.html' : path));
  return file.startsWith(normalize(folder) + sep) ? file : null;
}
