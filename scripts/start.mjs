/** `npm start`: set-up, then the window. */
import { spawn } from 'node:child_process';
import { electronExecutable } from './setup/electron.mjs';
import { ROOT } from './setup/tools.mjs';
import { setUpOrExit } from './setup.mjs';

await setUpOrExit();
const executable = electronExecutable();
if (!executable) {
  console.error('Electron is not there: see the lines above. The command line works: npm run screen -- PATH');
  process.exit(1);
}
if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY']) {
  console.error('There is no screen here (DISPLAY is not set). The command line works: npm run screen -- PATH');
  process.exit(1);
}
// Chromium refuses to run as root inside its sandbox; only test machines do that.
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const child = spawn(executable, [...asRoot, ROOT, ...process.argv.slice(2)], { stdio: 'inherit', cwd: ROOT });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal ? 130 : (code ?? 1)));
