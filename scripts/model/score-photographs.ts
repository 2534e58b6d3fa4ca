import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { loadBackend } from '../../electron/engine/backends/load';
import { readBundle } from '../../electron/engine/bundle/read';
import { locateRetina, squareOf, toNetworkInput } from '../../electron/engine/images/preprocess';
import { parseNetwork } from '../../electron/engine/network/layers-topology';

/**
 * Logits of a bundle for every graded photograph of an index (columns file, source, patient, grade), as JSON lines; goes on
 * where an earlier run of the same output stopped.
 * node scripts/run-ts.mjs scripts/model/score-photographs.ts BUNDLE PHOTOS SCORES.jsonl
 */
const [bundleFolder, photos, output] = process.argv.slice(2);
if (bundleFolder === undefined || photos === undefined || output === undefined)
  throw new Error('usage: score-photographs.ts BUNDLE PHOTOS SCORES.jsonl');

const { files, card } = await readBundle(bundleFolder);
const network = parseNetwork(files.modelJson, files.weights);
const backend = await loadBackend('onnx', { network, onnx: files.onnx, inputSizePx: card.inputSizePx, threads: 1 });
const rows: Record<string, string>[] = parse(await readFile(join(photos, 'index.csv')), { columns: true });
const done = new Set(
  (await readFile(output, 'utf8').catch(() => ''))
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as { file: string }).file])),
);
for (const { file = '', source, patient, grade, quality } of rows) {
  if (grade === '' || done.has(file)) continue;
  const located = await locateRetina(await readFile(join(photos, file)));
  if (located.retina === null) continue;
  const { logits } = await backend.forward(toNetworkInput(squareOf(located, card.inputSizePx)), 1);
  await appendFile(output, `${JSON.stringify({ file, source, patient, grade: Number(grade), quality, logits: [...logits] })}\n`);
}
