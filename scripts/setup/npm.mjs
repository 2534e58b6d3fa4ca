import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODULES, ROOT, lastLines, npm, run } from './tools.mjs';

/** Is what lies in node_modules what the lock file says? npm keeps its own account of what it installed. */
function upToDate() {
  const account = join(MODULES, '.package-lock.json');
  if (!existsSync(account)) return false;
  const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  const found = JSON.parse(readFileSync(account, 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, optional, devOptional, peer }]) => {
    if (path === '') return true;
    // Packages of other platforms are left out by npm, rightly.
    if (!found[path]) return optional === true || devOptional === true || peer === true;
    return found[path].version === version;
  });
}

/** The dependencies, with nobody's install script run (.npmrc). */
export async function dependencies() {
  if (upToDate()) return { ready: true };
  // An existing folder is brought up to date, not wiped: programs may be running from it.
  const command = existsSync(join(MODULES, '.package-lock.json')) ? ['install', '--no-save'] : ['ci'];
  const settings = ['--ignore-scripts', '--no-audit', '--no-fund', '--omit-lockfile-registry-resolved', '--prefer-offline'];
  const { program, args } = npm();
  const { code, output } = await run(program, [...args, ...command, ...settings]);
  if (code !== 0) throw new Error(`npm ${command[0]} failed: ${lastLines(output, 6)}`);
  return { way: `npm ${command[0]}`, detail: 'install scripts off' };
}
