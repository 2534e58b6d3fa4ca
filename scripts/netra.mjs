/**
 * Set-up, then the command line in this same process: `node scripts/netra.mjs COMMAND [ARGUMENTS]`.
 * Paths count from where the user typed the command; npm itself runs scripts in the project's folder.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setUpOrExit } from './setup.mjs';
import { ROOT } from './setup/tools.mjs';

export async function runNetra(args) {
  await setUpOrExit();
  if (process.env['INIT_CWD']) process.chdir(process.env['INIT_CWD']);
  const program = join(ROOT, 'out/main/cli.js');
  process.argv = [process.execPath, program, ...args];
  await import(pathToFileURL(program).href);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await runNetra(process.argv.slice(2));
