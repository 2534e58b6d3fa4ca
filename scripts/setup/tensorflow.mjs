import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import {
  MODULES,
  adopt,
  cacheDir,
  fileHash,
  lastLines,
  linkTree,
  mustRun,
  nodeGyp,
  packageFile,
  packageVersion,
  reachable,
  readStamp,
  run,
  scratchDir,
  writeStamp,
} from './tools.mjs';

const PACKAGE = '@tensorflow/tfjs-node-gpu';
const STOCK = 'https://storage.googleapis.com/tensorflow/libtensorflow/libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz';
/** The Python package of the same library: a zip with the shared libraries and headers in it. */
const WHEEL = {
  requirement: 'tensorflow-cpu==2.21.0',
  target: ['--platform', 'manylinux_2_27_x86_64', '--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'],
  sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
};

/** 4.22.0 calls two helpers that Node 23 removed. */
const PROBE = `
  const util = require('node:util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
  const tf = require('${PACKAGE}');
  if (tf.tensor1d([1, 2, 3]).sum().dataSync()[0] !== 6) throw new Error('wrong sum');
  console.log('TensorFlow ' + tf.version_core + ' on libtensorflow ' + tf.backend().binding.TF_Version);
`;

/**
 * Optional backend: trains, and infers where there is a GPU.
 * Way 1: the package's own installer. Way 2: the libraries out of the Python wheel, the addon compiled against them.
 */
export async function tensorflow() {
  const base = `tfjs-node-gpu-${packageVersion(PACKAGE)}-${process.platform}-${process.arch}-napi8`;
  const ours = join(cacheDir(), `${base}-wheel`);
  const stock = join(cacheDir(), `${base}-stock`);
  const stamp = readStamp('tensorflow');
  if (typeof stamp === 'string' && stamp.startsWith(base) && existsSync(packageFile(PACKAGE, 'lib/napi-v8/tfjs_binding.node')))
    return { ready: true };

  let way;
  let place;
  if (existsSync(stock)) [way, place] = ['downloaded earlier, from the cache', stock];
  else if (existsSync(ours)) [way, place] = ['built earlier, from the cache', ours];
  else if (await ordinary(stock)) [way, place] = ["the package's own installer", stock];
  else {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error('its download is blocked, and the other way exists for linux-x64 only');
    await fromWheel(ours);
    [way, place] = [`the download is blocked: built against ${WHEEL.requirement} from the Python registry`, ours];
  }
  await putInPlace(place);
  const { code, output } = await probe();
  if (code !== 0) throw new Error(`does not load: ${lastLines(output, 4)}`);
  writeStamp('tensorflow', place.slice(cacheDir().length + 1));
  return { way, detail: lastLines(output, 1) };
}

function probe() {
  return run(process.execPath, ['-e', PROBE], { env: { TF_CPP_MIN_LOG_LEVEL: '2' }, limitMs: 60_000 });
}

async function putInPlace(place) {
  for (const folder of ['deps', 'lib']) {
    const target = packageFile(PACKAGE, folder);
    const fresh = `${target}.new`;
    rmSync(fresh, { recursive: true, force: true });
    await linkTree(join(place, folder), fresh);
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
  }
}

async function ordinary(place) {
  if (!(await reachable(STOCK))) return false;
  const bin = join(MODULES, '.bin');
  const separator = process.platform === 'win32' ? ';' : ':';
  const { code } = await run(process.execPath, [packageFile(PACKAGE, 'scripts/install.js'), 'gpu', 'download'], {
    cwd: packageFile(PACKAGE, '.'),
    env: { PATH: `${bin}${separator}${process.env['PATH']}` },
  });
  if (code !== 0 || (await probe()).code !== 0) return false;
  const scratch = scratchDir('tensorflow');
  for (const folder of ['deps', 'lib']) await linkTree(packageFile(PACKAGE, folder), join(scratch, folder));
  adopt(scratch, place);
  return true;
}

async function fromWheel(place) {
  const scratch = scratchDir('tensorflow');
  await mustRun('python3', [
    ...[
      '-m',
      'pip',
      'download',
      '--no-deps',
      '--no-cache-dir',
      '--only-binary=:all:',
      ...WHEEL.target,
      '--dest',
      scratch,
      WHEEL.requirement,
    ],
  ]);
  const wheel = readdirSync(scratch).find((name) => name.endsWith('.whl'));
  if (!wheel) throw new Error(`no wheel of ${WHEEL.requirement}`);
  if ((await fileHash(join(scratch, wheel), 'sha256', 'hex')) !== WHEEL.sha256)
    throw new Error(`${wheel} is not the file we know: wrong SHA-256`);
  await mustRun('python3', [
    '-c',
    "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nfor n in z.namelist():\n  if n.startswith('tensorflow/include/') or n.startswith('tensorflow/libtensorflow_'): z.extract(n, sys.argv[2])",
    join(scratch, wheel),
    scratch,
  ]);
  rmSync(join(scratch, wheel));

  // The addon is compiled in a copy of the package, laid out as its binding.gyp expects.
  const source = join(scratch, 'tfjs-node-gpu');
  mkdirSync(join(source, 'deps/lib'), { recursive: true });
  for (const part of ['package.json', 'binding.gyp', 'binding'])
    cpSync(packageFile(PACKAGE, part), join(source, part), { recursive: true });
  renameSync(join(scratch, 'tensorflow/include'), join(source, 'deps/include'));
  for (const [file, links] of [
    ['libtensorflow_cc.so.2', ['libtensorflow.so', 'libtensorflow.so.2']],
    ['libtensorflow_framework.so.2', ['libtensorflow_framework.so']],
  ]) {
    renameSync(join(scratch, 'tensorflow', file), join(source, 'deps/lib', file));
    for (const link of links) symlinkSync(file, join(source, 'deps/lib', link));
  }
  const modulePath = join(source, 'lib/napi-v8');
  await nodeGyp(['rebuild', '--', '-Dnapi_build_version=8', '-Dmodule_name=tfjs_binding', `-Dmodule_path=${modulePath}`], source);

  const finished = join(scratch, 'finished');
  mkdirSync(join(finished, 'deps'), { recursive: true });
  renameSync(join(source, 'deps/lib'), join(finished, 'deps/lib'));
  renameSync(join(source, 'lib'), join(finished, 'lib'));
  adopt(finished, place);
  rmSync(scratch, { recursive: true, force: true });
}
