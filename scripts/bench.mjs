/**
 * `npm run bench`: set-up, then the benchmark of the main job; prints JSON with the machine it ran on.
 * `npm run bench -- --write` also writes docs/performance.md from it. `npm run bench -- NAME` runs another one of scripts/bench,
 * `npm run bench -- window` what a person at the window waits for.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setUpOrExit } from './setup.mjs';
import { ROOT } from './setup/tools.mjs';
import { runOnWindow } from './window/run.mjs';

await setUpOrExit();
const args = process.argv.slice(2);
const name = args[0] && !args[0].startsWith('-') ? args.shift() : 'main-job';
if (name === 'window') process.exit(await runOnWindow('bench', args));
const child = spawn(process.execPath, [join(ROOT, 'scripts/run-ts.mjs'), join(ROOT, 'scripts/bench', `${name}.ts`), ...args], {
  stdio: 'inherit',
});
child.on('close', (code) => (process.exitCode = code ?? 1));
