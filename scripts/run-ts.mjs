/**
 * Runs a development script written in TypeScript: `node scripts/run-ts.mjs FILE [ARGUMENTS]`.
 * Bundled with the bundler that the project has anyway; packages stay in node_modules.
 */
import { mkdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'vite';

const [file, ...args] = process.argv.slice(2);
if (!file) {
  console.error('usage: node scripts/run-ts.mjs FILE [ARGUMENTS]');
  process.exit(2);
}
const root = resolve(import.meta.dirname, '..');
const outDir = resolve(root, 'node_modules/.cache/netra-scripts', `${basename(file, '.ts')}-${process.pid}`);
mkdirSync(outDir, { recursive: true });
await build({
  configFile: false,
  root,
  logLevel: 'error',
  build: {
    ssr: resolve(file),
    outDir,
    emptyOutDir: true,
    target: 'node20.18',
    rollupOptions: { output: { entryFileNames: 'script.mjs' } },
  },
});
process.argv = [process.argv[0], file, ...args];
await import(pathToFileURL(resolve(outDir, 'script.mjs')).href);
