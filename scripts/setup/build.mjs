import { existsSync, readdirSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ROOT, lastLines, packageFile, readStamp, run, writeStamp } from './tools.mjs';

/** What the build reads. Names, sizes and times: comparing them takes milliseconds. */
const SOURCES = ['electron', 'renderer', 'resources/locales', 'resources/patterns', 'resources/guidelines', 'resources/fonts'];
const FILES = ['electron.vite.config.ts', 'tsconfig.json', 'package.json', 'package-lock.json'];

const MESSAGES = join(ROOT, 'electron/shared/messages');

function sourcesMark() {
  const hash = createHash('sha256');
  function add(file) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  function walk(folder) {
    if (!existsSync(folder)) return;
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      // The compiled messages follow from their sources.
      if (join(folder, entry.name) === MESSAGES || entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) walk(join(folder, entry.name));
      else if (entry.isFile()) add(join(folder, entry.name));
    }
  }
  for (const folder of SOURCES) walk(join(ROOT, folder));
  for (const file of FILES) add(join(ROOT, file));
  return hash.digest('hex');
}

/** Builds out/ when a source is not what it was at the last build. */
export async function build() {
  const mark = sourcesMark();
  if (readStamp('build') === mark && existsSync(join(ROOT, 'out/main'))) return { ready: true };
  const { code, output } = await run(process.execPath, [packageFile('electron-vite', 'bin/electron-vite.js'), 'build'], {
    env: { NO_COLOR: '1', FORCE_COLOR: '0' },
  });
  if (code !== 0) throw new Error(lastLines(output.replace(/^ +at .*$/gm, ''), 12));
  writeStamp('build', mark);
  return { way: 'electron-vite', detail: 'out/ is up to date' };
}
