import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import { afterAll, onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** Bundles a program of the tests, written in TypeScript, so that plain Node can run it as a process or worker of its own. */
export async function buildProgram(file: string): Promise<string> {
  // Inside the checkout: packages are then found from it.
  const cache = resolve(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const outDir = mkdtempSync(resolve(cache, 'netra-test-'));
  afterAll(() => rmSync(outDir, { recursive: true, force: true }));
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: { ssr: resolve(root, file), outDir, target: 'node20.18', rollupOptions: { output: { entryFileNames: 'program.mjs' } } },
  });
  return resolve(outDir, basename('program.mjs'));
}

export interface Program {
  process: ChildProcess;
  /** The next line it prints; rejects when it ends first. */
  nextLine: () => Promise<string>;
  /** All lines printed so far and not taken by `nextLine`, once it has ended. */
  rest: () => Promise<string[]>;
}

/** Starts a built program; it is killed when the test ends. */
export function startProgram(program: string, args: readonly string[]): Program {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  onTestFinished(() => void child.kill('SIGKILL'));
  return {
    process: child,
    async nextLine() {
      const next = await lines.next();
      if (next.done) throw new Error(`the program ended: ${complaints}`);
      return next.value;
    },
    async rest() {
      const rest: string[] = [];
      for (let next = await lines.next(); !next.done; next = await lines.next()) rest.push(next.value);
      return rest;
    },
  };
}
