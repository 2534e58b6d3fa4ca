/**
 * Runs a script that drives the real window, on a virtual screen where there is none: `node scripts/window/run.mjs NAME [ARGUMENTS]`.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from '../setup/build.mjs';
import { electronExecutable } from '../setup/electron.mjs';
import { ROOT } from '../setup/tools.mjs';
import { setUpOrExit } from '../setup.mjs';

/** @returns the exit code */
export async function runOnWindow(name, args) {
  await setUpOrExit();
  await build();
  if (!electronExecutable()) {
    console.error('Electron is not there: see the lines above.');
    return 1;
  }
  const screen = process.platform === 'linux' && !process.env['DISPLAY'] ? ['xvfb-run', '-a', '-s', '-screen 0 1920x1200x24'] : [];
  const command = [...screen, process.execPath, join(ROOT, 'scripts/run-ts.mjs'), join(ROOT, `scripts/window/${name}.ts`), ...args];
  const child = spawn(command[0], command.slice(1), { cwd: ROOT, stdio: 'inherit' });
  return new Promise((tell) => child.on('exit', (code) => tell(code ?? 1)));
}

const NAMES = ['bench', 'screenshots', 'camp-screens', 'camp-run', 'reading-run', 'kill-days'];

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [name, ...args] = process.argv.slice(2);
  if (!NAMES.includes(name)) {
    console.error(`usage: node scripts/window/run.mjs ${NAMES.join('|')}`);
    process.exit(2);
  }
  process.exit(await runOnWindow(name, args));
}
