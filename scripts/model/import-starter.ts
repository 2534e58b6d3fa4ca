import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { buildBundle, writeBundle } from '../../electron/engine/bundle/write';
import { sha256 } from '../../electron/engine/bundle/files';
import { PREPROCESSING_VERSION } from '../../electron/engine/images/preprocess';
import { efficientNetLite0 } from '../../electron/engine/network/lite0';
import { importLite0Weights } from '../../electron/engine/network/import-weights';
import { readSafeTensors } from '../../electron/engine/network/safetensors';
import { GATE_VERSION } from '../../electron/engine/quality/gate';
import { STARTER_CARD } from './starter-card';

/**
 * Turns the first training's weights into `resources/models/starter`, uncalibrated:
 * node scripts/run-ts.mjs scripts/model/import-starter.ts WEIGHTS.safetensors [--out FOLDER]
 * `calibrate.ts` fits its temperature and thresholds afterwards.
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: 'resources/models/starter' } },
});
const [source] = positionals;
if (source === undefined) throw new Error('usage: import-starter.ts WEIGHTS.safetensors [--out FOLDER]');

const file = await readFile(source);
const { tensors } = readSafeTensors(file);
const sizePx = 256;
const outputs = 4;
const { files } = buildBundle(efficientNetLite0(sizePx, outputs), importLite0Weights(tensors, outputs), {
  ...STARTER_CARD,
  inputSizePx: sizePx,
  preprocessing: PREPROCESSING_VERSION,
  gate: GATE_VERSION,
  initialWeights: { ...STARTER_CARD.initialWeights },
  dataset: { ...STARTER_CARD.dataset },
  commands: [`node scripts/run-ts.mjs scripts/model/import-starter.ts lite0-256.safetensors (sha256 ${sha256(file)})`],
});
await writeBundle(values.out, files);
console.log(`${values.out}: ${files.id}`);
