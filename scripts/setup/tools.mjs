import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { copyFile, link, mkdir, readdir, readlink, symlink } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

/** What every set-up step shares. Node built-ins only: before `npm ci` there is nothing else. */
export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const MODULES = join(ROOT, 'node_modules');
const STAMPS = join(MODULES, '.netra-setup.json');

/** Where downloads and built native files are kept between checkouts. */
export function cacheDir() {
  const chosen = process.env['NETRA_CACHE'];
  if (chosen) return resolve(chosen);
  if (process.platform === 'win32') return join(process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData/Local'), 'netra/Cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/netra');
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'netra');
}

/** A fresh folder beside the cache, so that what is built there can be renamed into it. */
export function scratchDir(name) {
  const parent = join(cacheDir(), 'building');
  mkdirSync(parent, { recursive: true });
  return mkdtempSync(join(parent, `${name}-`));
}

/** Moves a finished folder into the cache; another set-up may have been faster, then its copy stays. */
export function adopt(finished, place) {
  mkdirSync(dirname(place), { recursive: true });
  try {
    renameSync(finished, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    rmSync(finished, { recursive: true, force: true });
  }
}

export function packageFile(name, file = 'package.json') {
  return join(MODULES, name, file);
}

export function packageVersion(name) {
  return JSON.parse(readFileSync(packageFile(name), 'utf8')).version;
}

/** What earlier runs finished; it lies in node_modules, so that it goes when they go. */
export function readStamp(step) {
  try {
    return JSON.parse(readFileSync(STAMPS, 'utf8'))[step];
  } catch {
    return undefined;
  }
}

export function writeStamp(step, value) {
  let stamps = {};
  try {
    stamps = JSON.parse(readFileSync(STAMPS, 'utf8'));
  } catch {
    // none yet
  }
  writeFileSync(`${STAMPS}.new`, JSON.stringify({ ...stamps, [step]: value }, null, 2));
  renameSync(`${STAMPS}.new`, STAMPS);
}

/**
 * Runs a program without a shell. Resolves with its exit code and output; a program that takes longer than
 * `limitMs` is killed with its children and has code -1.
 * @param {string} program
 * @param {string[]} args
 * @param {{cwd?: string, env?: Record<string, string | undefined>, limitMs?: number}} [options]
 * @returns {Promise<{code: number, output: string}>}
 */
export function run(program, args, { cwd = ROOT, env = {}, limitMs = 15 * 60_000 } = {}) {
  return new Promise((done) => {
    const group = process.platform !== 'win32';
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: group });
    let output = '';
    let late = false;
    const collect = (chunk) => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const timer = setTimeout(() => {
      late = true;
      try {
        if (group) process.kill(-child.pid, 'SIGKILL');
        else child.kill('SIGKILL');
      } catch {
        // already gone
      }
    }, limitMs);
    child.on('error', (error) => {
      clearTimeout(timer);
      done({ code: -1, output: `${output}${error.message}` });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      done({ code: late ? -1 : (code ?? -1), output: late ? `${output}\nstopped after ${limitMs / 1000} s` : output });
    });
  });
}

/** Like `run`, and throws with the last lines of the output when the program fails. */
export async function mustRun(program, args, options) {
  const { code, output } = await run(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ')} failed (${code}): ${lastLines(output, 6)}`);
  return output;
}

export function lastLines(text, count) {
  return text.trim().split('\n').slice(-count).join('\n');
}

/**
 * Can this address be reached within a few seconds? Asked before a download whose own client would retry for minutes.
 * Behind a proxy only the download itself can tell, so there the answer is yes.
 */
export async function reachable(url, limitMs = 6000) {
  if (process.env['HTTPS_PROXY'] || process.env['https_proxy']) return true;
  try {
    const response = await fetch(url, { method: 'HEAD', redirect: 'follow', signal: AbortSignal.timeout(limitMs) });
    return response.ok;
  } catch {
    return false;
  }
}

/** node-gyp of the project, with the headers that came with this Node: fetching them is one more blocked download. */
export async function nodeGyp(args, cwd) {
  const prefix = process.platform === 'win32' ? dirname(process.execPath) : resolve(process.execPath, '../..');
  const headers = existsSync(join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
  if (headers.length === 0 && !(await reachable('https://nodejs.org/dist/index.json')))
    throw new Error(`this Node came without its headers (${prefix}/include/node), and nodejs.org is blocked`);
  const split = args.indexOf('--');
  const before = split < 0 ? args : args.slice(0, split);
  const after = split < 0 ? [] : args.slice(split);
  return mustRun(process.execPath, [packageFile('node-gyp', 'bin/node-gyp.js'), ...before, ...headers, ...after], {
    cwd,
    env: { JOBS: '2' },
  });
}

/** A copy that costs no disk where the file system allows it: the cached files are never written to again. */
export async function linkTree(from, to) {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) await linkTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else {
      try {
        await link(source, target);
      } catch {
        await copyFile(source, target);
      }
    }
  }
}

/**
 * Downloads one npm package into a folder through the machine's own npm settings, compares it with the integrity we know,
 * and unpacks it there.
 */
export async function npmPackage(spec, integrity, folder) {
  await mustRun(npm().program, [...npm().args, 'pack', spec, '--pack-destination', folder, '--ignore-scripts'], { cwd: tmpdir() });
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
  if (!tarball) throw new Error(`npm brought no file for ${spec}`);
  const [algorithm, wanted] = integrity.split(/-(.*)/s);
  if ((await fileHash(join(folder, tarball), algorithm, 'base64')) !== wanted) throw new Error(`${spec} is not the file we know`);
  await mustRun('tar', ['xzf', join(folder, tarball), '-C', folder]);
  rmSync(join(folder, tarball));
  return join(folder, 'package');
}

export async function fileHash(file, algorithm, encoding) {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file), hash);
  return hash.digest(encoding);
}

/** The npm that belongs to this Node, else the one on the path. */
export function npm() {
  const own = process.env['npm_execpath'];
  if (own && /npm-cli\.js$/.test(own)) return { program: process.execPath, args: [own] };
  return process.platform === 'win32' ? { program: 'cmd', args: ['/c', 'npm'] } : { program: 'npm', args: [] };
}
