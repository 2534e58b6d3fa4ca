/** `npm run soak`: the long tests (test/soak), which `npm test` leaves out. */
import { spawnSync } from 'node:child_process';
import { setUpOrExit } from './setup.mjs';
import { ROOT, packageFile } from './setup/tools.mjs';

await setUpOrExit();
const args = [packageFile('vitest', 'vitest.mjs'), 'run', '--config', 'vitest.soak.config.ts', ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' }).status ?? 1);
