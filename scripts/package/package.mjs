/**
 * Packs what is built: `npm run package:dir` the unpacked application into dist/<system>-unpacked, `npm run package` this system's installers.
 *
 *   node scripts/package/package.mjs [--dir]
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from '../setup/build.mjs';
import { electronExecutable } from '../setup/electron.mjs';
import { ROOT } from '../setup/tools.mjs';
import { setUpOrExit } from '../setup.mjs';

const require = createRequire(import.meta.url);
const dirOnly = process.argv.includes('--dir');

await setUpOrExit();
if (process.platform === 'darwin' && !existsSync(join(ROOT, 'node_modules/@tensorflow/tfjs-node'))) {
  console.error('macOS needs the TensorFlow package without CUDA: npm install --no-save @tensorflow/tfjs-node@4.22.0');
  process.exit(1);
}
await build();

const executable = electronExecutable();
if (!executable) {
  console.error('Electron is not there: see the lines above.');
  process.exit(1);
}
const electronDist = dirname(executable);
const electronVersion = readFileSync(join(electronDist, 'version'), 'utf8').trim().replace(/^v/, '');
rmSync(join(ROOT, 'dist'), { recursive: true, force: true });

const { build: pack, Platform } = require('electron-builder');
const targets = dirOnly ? Platform.current().createTarget('dir') : Platform.current().createTarget();
const started = performance.now();
await pack({
  targets,
  projectDir: ROOT,
  publish: 'never',
  config: { extends: join(ROOT, 'electron-builder.yml'), electronVersion, electronDist },
});
console.log(`packed with Electron ${electronVersion} in ${((performance.now() - started) / 1000).toFixed(0)} s: dist/`);
