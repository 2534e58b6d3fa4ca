/**
 * Prints the SHA-256 of each named photograph's working pixels; with `electron` as its first argument on what Electron's
 * Linux binary decodes with.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

const [runtime, ...files] = process.argv.slice(2);
if (runtime === 'electron') Object.defineProperty(process.versions, 'electron', { value: '33.2.1' });
await import('../../../electron/engine/client/sharp-in-electron');
const { locateRetina } = await import('../../../electron/engine/images/preprocess');
for (const file of files) {
  const { pixels } = await locateRetina(await readFile(file));
  process.stdout.write(`${createHash('sha256').update(pixels.data).digest('hex')}\n`);
}
const loaded = process.report.getReport() as unknown as { sharedObjects: string[] };
process.stdout.write(`${loaded.sharedObjects.some((path) => path.includes('libvips')) ? 'native' : 'wasm'}\n`);
