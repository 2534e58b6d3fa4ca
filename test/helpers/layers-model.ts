import { seededValues } from './tiny-model';

type Config = Record<string, unknown>;

/** A model as tfjs saves it, with the layers of an Inception: convolutions without bias, batch norm without scale, branches, average pools. */
export class LayersModel {
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

export function inception(): LayersModel {
  const model = new LayersModel();
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
