import { mkdtemp } from 'node:fs/promises';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const ROOT = resolve(import.meta.dirname, '../..');

/** As `buildEngine`, the training process. */
export function buildTraining(): Promise<string> {
  return buildEntry('electron/engine/train/entry.ts', 'training.js');
}

/**
 * Builds the engine's entry as the product does, into a folder of its own inside node_modules (so that packages are found).
 *
 * @returns path of the built entry
 */
export function buildEngine(): Promise<string> {
  return buildEntry('electron/engine/entry.ts', 'engine.js');
}

/** As `buildEngine`, the worker thread. */
export function buildWorker(): Promise<string> {
  return buildEntry('electron/services/worker.ts', 'worker.js');
}

async function buildEntry(source: string, name: string): Promise<string> {
  const cache = join(ROOT, 'node_modules/.cache/netra-test-engine');
  mkdirSync(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, 'build-'));
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    build: {
      ssr: resolve(ROOT, source),
      outDir,
      emptyOutDir: true,
      target: 'node20.18',
      rollupOptions: { output: { entryFileNames: name, chunkFileNames: 'chunks/[name]-[hash].js' } },
    },
  });
  return join(outDir, name);
}
