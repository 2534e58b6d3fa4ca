import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { lastLines, run } from './tools.mjs';

/** Shared libraries that Electron needs, and the Debian package (its name since the 64-bit time change second) of each. */
const LIBRARIES = [
  ['libgtk-3.so.0', 'libgtk-3-0', 'libgtk-3-0t64'],
  ['libnss3.so', 'libnss3'],
  ['libgbm.so.1', 'libgbm1'],
  ['libasound.so.2', 'libasound2', 'libasound2t64'],
  ['libXss.so.1', 'libxss1'],
  ['libXtst.so.6', 'libxtst6'],
  ['libatspi.so.0', 'libatspi2.0-0', 'libatspi2.0-0t64'],
  ['libnotify.so.4', 'libnotify4'],
];
const SCREEN = [
  ['Xvfb', 'xvfb'],
  ['xauth', 'xauth'],
];
const COMPILERS = [
  ['python3', 'python3'],
  ['make', 'make'],
  ['g++', 'g++'],
];

function onPath(program) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function missingLibraries() {
  const loader = ['/sbin/ldconfig', '/usr/sbin/ldconfig'].find((file) => existsSync(file));
  if (!loader) return [];
  const { output } = await run('sh', ['-c', `${loader} -p | grep -F ${LIBRARIES.map(([name]) => `-e ${name}`).join(' ')}`]);
  return LIBRARIES.filter(([name]) => !output.includes(`\t${name} `));
}

/** Python, make and a C++ compiler: only what is built here needs them. */
export function compilers() {
  return install(
    COMPILERS.filter(([program]) => !onPath(program)),
    'to build SQLite and the TensorFlow addon',
  );
}

/** What Electron needs on a bare Debian, and a screen for machines without one. */
export async function systemLibraries() {
  if (process.platform !== 'linux') return { ready: true };
  return install([...(await missingLibraries()), ...SCREEN.filter(([program]) => !onPath(program))], 'for the window and its tests');
}

async function install(missing, purpose) {
  if (missing.length === 0) return { ready: true };
  const names = missing.map(([name]) => name).join(', ');
  if (!onPath('apt-get')) throw new Error(`${names} missing (${purpose}); this is no Debian, install them by hand`);
  if (process.getuid?.() !== 0)
    throw new Error(`${names} missing (${purpose}); run: sudo apt-get install -y ${missing.map((row) => row[1]).join(' ')}`);

  const environment = { env: { DEBIAN_FRONTEND: 'noninteractive' }, limitMs: 10 * 60_000 };
  const bounded = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=15', '-o', 'DPkg::Lock::Timeout=120'];
  await run('apt-get', [...bounded, 'update'], environment);
  const packages = [];
  for (const [, ...candidates] of missing) {
    let chosen = candidates[0];
    for (const name of candidates.slice(1)) if ((await run('apt-cache', ['show', '--no-all-versions', name])).code === 0) chosen = name;
    packages.push(chosen);
  }
  const { code, output } = await run('apt-get', [...bounded, 'install', '-y', '--no-install-recommends', ...packages], environment);
  if (code !== 0) throw new Error(`apt-get install ${packages.join(' ')} failed: ${lastLines(output, 2)}`);
  return { way: 'apt-get', detail: packages.join(' ') };
}
