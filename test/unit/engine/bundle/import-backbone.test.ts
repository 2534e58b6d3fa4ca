import { describe, expect, it } from 'vitest';
import { importBackbone, weightFilesOf } from '../../../../electron/engine/bundle/import-backbone';
import { readCard } from '../../../../electron/engine/bundle/read';
import { loadBackend } from '../../../../electron/engine/backends/load';
import { parseNetwork } from '../../../../electron/engine/network/layers-topology';
import { writeOnnx } from '../../../../electron/engine/network/onnx-writer';
import { toAppError } from '../../../../electron/shared/errors';
import { errorOf } from '../../../helpers/errors';
import { seededValues } from '../../../helpers/tiny-model';

const FACTS = {
  name: 'small-inception',
  source: 'a test',
  licence: 'MIT',
  command: 'netra import-backbone model.json',
  createdAt: '2026-11-23',
};

type Config = Record<string, unknown>;

/** A model as tfjs saves it, with the layers of an Inception: convolutions without bias, batch norm without scale, branches, average pools. */
class Model {
  readonly layers: { class_name: string; name: string; config: Config; inbound_nodes: unknown[] }[] = [];
  readonly weights: { name: string; shape: number[]; values: Float32Array }[] = [];
  #seed = 3;

  layer(className: string, name: string, config: Config, ...inputs: string[]): string {
    const inbound = inputs.length === 0 ? [] : [inputs.map((input) => [input, 0, 0, {}])];
    this.layers.push({ class_name: className, name, config: { name, ...config }, inbound_nodes: inbound });
    return name;
  }

  weight(name: string, shape: number[], map: (value: number) => number = (value) => value): void {
    const values = seededValues(
      shape.reduce((a, b) => a * b, 1),
      this.#seed++,
    ).map(map);
    this.weights.push({ name, shape, values });
  }

  convolution(name: string, input: string, side: number, from: number, to: number, strides: number, padding: string): string {
    this.layer(
      'Conv2D',
      name,
      { filters: to, kernel_size: [side, side], strides: [strides, strides], padding, use_bias: false, activation: 'linear' },
      input,
    );
    this.weight(`${name}/kernel`, [side, side, from, to]);
    this.layer('BatchNormalization', `${name}_bn`, { axis: [3], epsilon: 0.001, scale: false, center: true }, name);
    this.weight(`${name}_bn/beta`, [to]);
    this.weight(`${name}_bn/moving_mean`, [to]);
    this.weight(`${name}_bn/moving_variance`, [to], (value) => 0.5 + Math.abs(value));
    return this.layer('Activation', `${name}_relu`, { activation: 'relu' }, `${name}_bn`);
  }

  file(output: string, paths = ['group1-shard1of1.bin']): Uint8Array {
    const config = { name: 'inception', layers: this.layers, input_layers: [['input_1', 0, 0]], output_layers: [[output, 0, 0]] };
    const weights = this.weights.map(({ name, shape }) => ({ name, shape, dtype: 'float32' }));
    return new TextEncoder().encode(
      JSON.stringify({
        format: 'layers-model',
        modelTopology: { model_config: { class_name: 'Model', config } },
        weightsManifest: [{ paths, weights }],
      }),
    );
  }

  get bytes(): Uint8Array {
    return Buffer.concat(this.weights.map(({ values }) => Buffer.from(values.buffer)));
  }
}

function inception(): Model {
  const model = new Model();
  model.layer('InputLayer', 'input_1', { batch_input_shape: [null, 64, 64, 3], dtype: 'float32' });
  const stem = model.convolution('conv2d_1', 'input_1', 3, 3, 8, 2, 'valid');
  const pooled = model.layer('MaxPooling2D', 'pool_1', { pool_size: [3, 3], strides: [2, 2], padding: 'valid' }, stem);
  const one = model.convolution('conv2d_2', pooled, 1, 8, 6, 1, 'same');
  const average = model.layer('AveragePooling2D', 'average_1', { pool_size: [3, 3], strides: [1, 1], padding: 'same' }, pooled);
  const two = model.convolution('conv2d_3', average, 1, 8, 4, 1, 'same');
  const mixed = model.layer('Concatenate', 'mixed0', { axis: 3 }, one, two);
  model.layer('GlobalAveragePooling2D', 'avg_pool', {}, mixed);
  model.layer('Dense', 'predictions', { units: 5, activation: 'softmax', use_bias: true }, 'avg_pool');
  model.weight('predictions/kernel', [10, 5]);
  model.weight('predictions/bias', [5]);
  return model;
}

/** What the global average pool reads instead. */
function poolOf(model: Model, input: string): void {
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

    const flat = inception();
    for (const layer of flat.layers) if (layer.name === 'avg_pool') layer.class_name = 'Flatten';
    expect(detailOf(() => importBackbone(flat.file('avg_pool'), [flat.bytes], null, FACTS))).toContain('Flatten');

    const loose = inception();
    loose.layer('BatchNormalization', 'late_bn', { axis: 3 }, 'mixed0');
    poolOf(loose, 'late_bn');
    expect(detailOf(() => importBackbone(loose.file('predictions'), [loose.bytes], null, FACTS))).toContain('late_bn');

    const short = inception();
    expect(detailOf(() => importBackbone(short.file('predictions'), [short.bytes.subarray(8)], null, FACTS))).toContain('too short');
    expect(detailOf(() => weightFilesOf(short.file('predictions', ['../../secret.bin'])))).toContain('../../secret.bin');
  });
});
