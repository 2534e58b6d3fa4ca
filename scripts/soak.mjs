/**
 * `npm run soak`: the long tests (test/soak), which `npm test` leaves out, then the window killed at 30 random moments of a technician's day.
 * `npm run soak -- --write` keeps what the latter did in docs/performance-soak.md.
 */
import { spawnSync } from 'node:child_process';
import { setUpOrExit } from './setup.mjs';
import { ROOT, packageFile } from './setup/tools.mjs';
import { runOnWindow } from './window/run.mjs';

await setUpOrExit();
const args = process.argv.slice(2);
const long = [
  packageFile('vitest', 'vitest.mjs'),
  'run',
  '--config',
  'vitest.soak.config.ts',
  ...args.filter((each) => each !== '--write'),
];
const status = spawnSync(process.execPath, long, { cwd: ROOT, stdio: 'inherit' }).status ?? 1;
const killed = await runOnWindow('kill-days', args.includes('--write') ? ['--write'] : []);
process.exit(status === 0 ? killed : status);
