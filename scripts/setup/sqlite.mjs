import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  MODULES,
  adopt,
  cacheDir,
  lastLines,
  nodeGyp,
  packageFile,
  packageVersion,
  readStamp,
  run,
  scratchDir,
  writeStamp,
} from './tools.mjs';

/**
 * SQLite with SQLCipher's format. The package brings Node-API 10 files, which crash Node 20 and Electron 33 although every
 * symbol they use exists there; the same source built without that declaration serves both.
 */
const PROBE = `
  const Database = require('better-sqlite3');
  const db = new Database(':memory:');
  db.pragma("cipher='sqlcipher'");
  console.log(db.prepare('select sqlite_version() as v').get().v);
`;

export async function sqlite(electronVersion) {
  const electronMajor = Number.parseInt(await electronVersion, 10);
  const needsOwn = Number(process.versions.napi) < 10 || electronMajor < 35;
  const key = `better-sqlite3-${packageVersion('better-sqlite3')}-${process.platform}-${process.arch}-node${process.versions.modules}-${needsOwn ? 'own' : 'prebuilt'}`;
  const place = join(cacheDir(), key);
  const ours = join(place, 'better_sqlite3.node');
  const target = packageFile('better-sqlite3', `prebuilds/${process.platform}-${process.arch}.node`);
  // npm may have unpacked the package anew: then the file is another one again.
  const replaced = needsOwn && !(existsSync(ours) && statSync(ours).size === statSync(target).size);
  if (readStamp('sqlite') === key && !replaced) return { ready: true };

  let way = 'the file that the package brings';
  if (needsOwn) {
    way = existsSync(place) ? 'built earlier, from the cache' : 'built from the package for Node-API below 10';
    try {
      if (!existsSync(place)) await build(place);
      // A running program keeps the old file: never write into it.
      copyFileSync(ours, `${target}.new`);
      renameSync(`${target}.new`, target);
    } catch (error) {
      // This Node can load the package's own file; only the older Electron cannot.
      if (Number(process.versions.napi) < 10) throw error;
      way = `the file that the package brings, so the window does not start with Electron ${electronMajor} (${error.message})`;
    }
  }
  const { code, output } = await run(process.execPath, ['-e', PROBE]);
  if (code !== 0) throw new Error(`does not load: ${lastLines(output, 4)}`);
  writeStamp('sqlite', key);
  return { way, detail: `SQLite ${output.trim()}` };
}

async function build(place) {
  const scratch = scratchDir('sqlite');
  const source = join(scratch, 'better-sqlite3');
  cpSync(join(MODULES, 'better-sqlite3'), source, { recursive: true });
  symlinkSync(MODULES, join(scratch, 'node_modules'), 'junction');
  const gyp = join(source, 'binding.gyp');
  const text = readFileSync(gyp, 'utf8');
  const changed = text.replace("'NAPI_VERSION=10'", "'NAPI_EXPERIMENTAL', 'NODE_API_EXPERIMENTAL_NOGC_ENV_OPT_OUT'");
  if (changed === text)
    throw new Error('binding.gyp no longer declares NAPI_VERSION=10: see whether the package serves this Node by itself');
  writeFileSync(gyp, changed);
  await nodeGyp(['rebuild', '--release', '--', '-Dforce_build=1'], source);
  const finished = join(scratch, 'finished');
  mkdirSync(finished);
  copyFileSync(join(source, 'build/Release/better_sqlite3.node'), join(finished, 'better_sqlite3.node'));
  adopt(finished, place);
  rmSync(scratch, { recursive: true, force: true });
}
