import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { afterAll, onTestFinished } from 'vitest';

const ROOT = resolve(import.meta.dirname, '../..');
const PROGRAMS = { cli: 'electron/cli/index.ts', engine: 'electron/engine/entry.ts', worker: 'electron/services/worker.ts' };

/** Builds the command line with its engine and worker, laid out as in the product (two folders below the checkout, where it finds resources). */
export async function buildCli(): Promise<string> {
  mkdirSync(join(ROOT, 'out'), { recursive: true });
  const outDir = mkdtempSync(join(ROOT, 'out', 'test-'));
  // Other users run it too in a test.
  chmodSync(outDir, 0o755);
  afterAll(() => rmSync(outDir, { recursive: true, force: true }));
  const input = Object.fromEntries(Object.entries(PROGRAMS).map(([name, file]) => [name, resolve(ROOT, file)]));
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    build: {
      ssr: true,
      outDir,
      emptyOutDir: true,
      target: 'node20.18',
      rollupOptions: { input, output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' } },
    },
  });
  return join(outDir, 'cli.js');
}

interface CliRun {
  process: ChildProcess;
  /** Everything written so far. */
  text: () => string;
  /** Resolves when the pattern is in what was written. */
  says: (pattern: RegExp) => Promise<void>;
  ended: Promise<CliEnd>;
}

export interface CliEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

interface CliOptions {
  /** Its caches and default profile lie below; a folder of its own for each test. */
  home: string;
  /** Runs as this user (root only). */
  uid?: number;
  environment?: Record<string, string>;
  /** What comes in on standard input: a password. */
  typed?: string;
}

/** Starts the real program; it is killed when the test ends. */
export function startCli(cli: string, args: readonly string[], options: CliOptions): CliRun {
  const run = launch(cli, args, options);
  onTestFinished(() => void run.process.kill('SIGKILL'));
  return run;
}

function launch(cli: string, args: readonly string[], { home, uid, environment = {}, typed }: CliOptions): CliRun {
  const env = { PATH: process.env['PATH'], HOME: home, LANG: 'C.UTF-8', ...environment };
  const child = spawn(process.execPath, [cli, ...args], {
    env,
    stdio: [typed === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  child.stdin?.end(`${typed ?? ''}\n`);
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  child.stdout?.on('data', (data: Buffer) => {
    out += data.toString();
    for (const listener of listeners) listener();
  });
  child.stderr?.on('data', (data: Buffer) => {
    err += data.toString();
    for (const listener of listeners) listener();
  });
  const ended = new Promise<CliEnd>((settle) => child.on('close', (code, signal) => settle({ code, signal, out, err })));
  return {
    process: child,
    text: () => out + err,
    says: (pattern) =>
      new Promise((settle, refuse) => {
        function look(): void {
          if (!pattern.test(out + err)) return;
          listeners.delete(look);
          settle();
        }
        listeners.add(look);
        look();
        void ended.then((end) => refuse(new Error(`ended with ${String(end.code)}: ${end.out}${end.err}`)));
      }),
    ended,
  };
}

/** Runs it to its end. */
export async function runCli(cli: string, args: readonly string[], options: CliOptions): Promise<CliEnd> {
  return launch(cli, args, options).ended;
}
