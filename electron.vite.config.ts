import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type UserConfig } from 'electron-vite';

/** Every program that is built for the main side, each its own file in out/main. */
const PROGRAMS = {
  index: 'electron/main/index.ts',
  cli: 'electron/cli/index.ts',
  engine: 'electron/engine/entry.ts',
  training: 'electron/engine/train/entry.ts',
  worker: 'electron/services/worker.ts',
};

const programs = Object.fromEntries(
  Object.entries(PROGRAMS)
    .map(([name, file]) => [name, resolve(import.meta.dirname, file)] as const)
    .filter(([, file]) => existsSync(file)),
);
const preload = resolve(import.meta.dirname, 'electron/preload/index.ts');
const page = resolve(import.meta.dirname, 'renderer/index.html');

/** The commit of the sources, for the cards of models that they train; `unknown` without a repository. */
function commit(): string {
  const git = (...words: string[]) => spawnSync('git', words, { cwd: import.meta.dirname, encoding: 'utf8' });
  const head = git('rev-parse', 'HEAD').stdout?.trim() ?? '';
  // A copy of the sources inside somebody else's repository has no commit of its own.
  if (!/^[0-9a-f]{40}$/.test(head) || git('rev-parse', '--show-prefix').stdout.trim() !== '') return 'unknown';
  return git('status', '--porcelain').stdout === '' ? head : `${head}+changes`;
}

const config: UserConfig = {
  main: {
    define: { __NETRA_COMMIT__: JSON.stringify(commit()) },
    build: {
      // The oldest Node this runs in: Electron 33.
      target: 'node20.18',
      // What package.json lists stays outside: native addons and what they load lie in node_modules.
      externalizeDeps: true,
      rollupOptions: {
        input: programs,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
};

if (existsSync(preload)) {
  config.preload = {
    build: {
      // A sandboxed preload is one CommonJS file with everything inside.
      externalizeDeps: false,
      rollupOptions: { input: { index: preload }, output: { format: 'cjs', entryFileNames: '[name].cjs' } },
    },
  };
}

if (existsSync(page)) {
  config.renderer = {
    root: resolve(import.meta.dirname, 'renderer'),
    plugins: [svelte()],
    build: { target: 'chrome130', rollupOptions: { input: page } },
  };
}

export default defineConfig(config);
