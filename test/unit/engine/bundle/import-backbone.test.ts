import { describe, expect, it } from 'vitest';
import { importBackbone, weightFilesOf } from '../../../../electron/engine/bundle/import-backbone';
import { readCard } from '../../../../electron/engine/bundle/read';
import { loadBackend } from '../../../../electron/engine/backends/load';
import { parseNetwork } from '../../../../electron/engine/network/layers-topology';
import { writeOnnx } from '../../../../electron/engine/network/onnx-writer';
import { toAppError } from '../../../../electron/shared/errors';
import { errorOf } from '../../../helpers/errors';
import { inception, type LayersModel } from '../../../helpers/layers-model';
import { seededValues } from '../../../helpers/tiny-model';

const FACTS = {
  name: 'small-inception',
  source: 'a test',
  licence: 'MIT',
  command: 'netra import-backbone model.json',
  createdAt: '2026-11-23',
};

/** What the global average pool reads instead. */
function poolOf(model: LayersModel, input: string): void {
  for (const layer of model.layers) if (layer.name === 'avg_pool') layer.inbound_nodes = [[[input, 0, 0, {}]]];
}

function detailOf(work: () => unknown): string {
  const error = toAppError(errorOf(work));
  expect(error.code).toBe('backbone-foreign');
  return String(error.params['detail']);
}

describe('importing a backbone', () => {
  it('folds batch norm into the convolutions, leaves the foreign head behind and runs the same on two backends', async () => {
    const model = inception();
    const { files, card } = importBackbone(model.file('predictions'), [model.bytes], null, FACTS);
    expect(readCard(files.card)).toMatchObject({ head: null, operatingPoints: null, inputSizePx: 64, licence: 'MIT' });
    expect(card.backbone).toBe('small-inception');
    const network = parseNetwork(files.modelJson, files.weights);
    expect(network.graph.nodes.filter(({ op }) => op === 'dense')).toHaveLength(0);
    expect([...network.weights.keys()].some((name) => name.includes('moving'))).toBe(false);

    // By hand: the first channel of the first convolution at one place.
    const [kernel, beta, mean, variance] = [
      'conv2d_1/kernel',
      'conv2d_1_bn/beta',
      'conv2d_1_bn/moving_mean',
      'conv2d_1_bn/moving_variance',
    ].map((name) => model.weights.find((weight) => weight.name === name)?.values ?? new Float32Array()) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const factor = 1 / Math.sqrt((variance[0] ?? 0) + 0.001);
    expect(network.weights.get('conv2d_1/kernel')?.values[0]).toBeCloseTo((kernel[0] ?? 0) * factor, 3);
    expect(network.weights.get('conv2d_1/bias')?.values[0]).toBeCloseTo((beta[0] ?? 0) - (mean[0] ?? 0) * factor, 3);

    const input = { network, inputSizePx: 64, threads: 1, onnx: writeOnnx(network.graph, network.weights, 'test') };
    const [onnx, wasm] = [await loadBackend('onnx', input), await loadBackend('wasm', input)];
    const image = seededValues(64 * 64 * 3, 9);
    const [a, b] = [await onnx.forward(image, 1), await wasm.forward(image, 1)];
    expect(a.embedding).toHaveLength(10);
    for (const [index, value] of a.embedding.entries()) expect(b.embedding[index]).toBeCloseTo(value, 4);
    onnx.dispose();
    wasm.dispose();
  });

  it('takes the same backbone where its makers flattened an average pool instead of pooling globally', () => {
    const global = inception();
    const flat = inception();
    flat.layer('AveragePooling2D', 'last_pool', { pool_size: [15, 15], strides: [15, 15], padding: 'valid' }, 'mixed0');
    for (const layer of flat.layers) if (layer.name === 'avg_pool') layer.class_name = 'Flatten';
    poolOf(flat, 'last_pool');
    const [a, b] = [global, flat].map((model) => importBackbone(model.file('predictions'), [model.bytes], null, FACTS).files);
    expect(b?.modelJson).toEqual(a?.modelJson);
    expect(b?.weights).toEqual(a?.weights);
  });

  it('refuses, with layer and reason, what cannot work', () => {
    const sequential = inception();
    const document = JSON.parse(new TextDecoder().decode(sequential.file('predictions'))) as {
      modelTopology: { model_config: { class_name: string; config: object } };
    };
    document.modelTopology.model_config = { class_name: 'Sequential', config: { layers: [] } };
    const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
    expect(detailOf(() => importBackbone(encode(document), [sequential.bytes], null, FACTS))).toContain('Sequential');
    expect(detailOf(() => importBackbone(encode({ hello: 1 }), [], null, FACTS))).toContain('not the model.json');

    const unknown = inception();
    unknown.layer('Lambda', 'magic', {}, 'mixed0');
    poolOf(unknown, 'magic');
    expect(detailOf(() => importBackbone(unknown.file('predictions'), [unknown.bytes], null, FACTS))).toBe(
      'layer magic is a Lambda, which we do not run',
    );

    const loose = inception();
    loose.layer('BatchNormalization', 'late_bn', { axis: 3 }, 'mixed0');
    poolOf(loose, 'late_bn');
    expect(detailOf(() => importBackbone(loose.file('predictions'), [loose.bytes], null, FACTS))).toContain('late_bn');

    const short = inception();
    expect(detailOf(() => importBackbone(short.file('predictions'), [short.bytes.subarray(8)], null, FACTS))).toContain('too short');
    expect(detailOf(() => weightFilesOf(short.file('predictions', ['../../secret.bin'])))).toContain('../../secret.bin');
  });
});
