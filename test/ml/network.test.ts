import { describe, expect, it } from 'vitest';
import type { Forward } from '../../electron/engine/backends/backend';
import { loadBackend } from '../../electron/engine/backends/load';
import { requireTensorflow } from '../../electron/engine/backends/tensorflow';
import { evidenceFor, evidenceMap } from '../../electron/engine/explain/evidence';
import { parseNetwork, serialiseNetwork, type Network } from '../../electron/engine/network/layers-topology';
import { importLite0Weights } from '../../electron/engine/network/import-weights';
import { efficientNetLite0, lite0WeightShapes } from '../../electron/engine/network/lite0';
import { writeOnnx } from '../../electron/engine/network/onnx-writer';
import { BACKENDS } from '../../electron/shared/domain/codes';
import { seededValues, TINY_SIZE_PX, tinyNetwork } from '../helpers/tiny-model';

const TOLERANCE = 1e-4;
const IMAGES = 3;

async function forwardOn(
  name: (typeof BACKENDS)[number],
  network: Network,
  inputSizePx: number,
  images: Float32Array,
  n: number,
): Promise<Forward> {
  const onnx = writeOnnx(network.graph, network.weights, 'test');
  const backend = await loadBackend(name, { network, onnx, inputSizePx, threads: 1 });
  const result = await backend.forward(images, n);
  backend.dispose();
  return result;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

describe('one network on three backends', () => {
  const network = tinyNetwork();
  const images = seededValues(IMAGES * TINY_SIZE_PX * TINY_SIZE_PX * 3, 11);

  it('gives the same logits, feature maps and pooled features for a batch, with every kind of layer', async () => {
    const reference = await forwardOn('onnx', network, TINY_SIZE_PX, images, IMAGES);
    expect(reference.logits.some((value) => Math.abs(value) > 0.01)).toBe(true);
    for (const name of BACKENDS) {
      const result = await forwardOn(name, network, TINY_SIZE_PX, images, IMAGES);
      expect(result.featureMap).toMatchObject({ rows: 8, columns: 8, channels: 12 });
      expect(largestDifference(result.logits, reference.logits)).toBeLessThan(TOLERANCE);
      expect(largestDifference(result.embedding, reference.embedding)).toBeLessThan(TOLERANCE);
      expect(largestDifference(result.featureMap.values, reference.featureMap.values)).toBeLessThan(TOLERANCE);
    }
  });

  it('has a heat map that adds up to the raw logit within 1e-4 on each of them', async () => {
    for (const name of BACKENDS) {
      const { logits, featureMap, embedding } = await forwardOn(name, network, TINY_SIZE_PX, images, 1 * IMAGES);
      const cells = featureMap.rows * featureMap.columns;
      const evidence = evidenceFor(network.graph, network.weights, embedding.subarray(0, featureMap.channels), [0, 1, 0, 0]);
      const map = evidenceMap(featureMap.values.subarray(0, cells * featureMap.channels), featureMap.rows, featureMap.columns, evidence);
      expect(Math.abs(map.reduce((a, b) => a + b, 0) / cells - (logits[1] ?? NaN))).toBeLessThan(TOLERANCE);
    }
  });

  it('is read by tf.loadLayersModel, which answers the same', async () => {
    const tf = requireTensorflow() as ReturnType<typeof requireTensorflow> & {
      loadLayersModel: (handler: unknown) => Promise<{ predict: (x: unknown) => { dataSync: () => Float32Array } }>;
    };
    const files = serialiseNetwork(network.graph, network.weights, 'test');
    const document = JSON.parse(new TextDecoder().decode(files.modelJson)) as {
      modelTopology: object;
      weightsManifest: { weights: object[] }[];
    };
    const model = await tf.loadLayersModel({
      load: () =>
        Promise.resolve({
          modelTopology: document.modelTopology,
          weightSpecs: document.weightsManifest[0]?.weights,
          weightData: Uint8Array.from(files.weights).buffer,
        }),
    });
    const answer = model.predict(tf.tensor4d(images, [IMAGES, TINY_SIZE_PX, TINY_SIZE_PX, 3])).dataSync();
    const ours = await forwardOn('tensorflow', network, TINY_SIZE_PX, images, IMAGES);
    expect(largestDifference(answer, ours.logits)).toBeLessThan(TOLERANCE);
  });

  it('leaves no tensor behind on the tfjs backends', async () => {
    const tf = requireTensorflow();
    const backend = await loadBackend('tensorflow', { network, onnx: null, inputSizePx: TINY_SIZE_PX, threads: 1 });
    await backend.forward(images, IMAGES);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 5; i += 1) await backend.forward(images, IMAGES);
    expect(tf.memory().numTensors).toBe(before);
    backend.dispose();
    expect(tf.memory().numTensors).toBe(before - network.weights.size);
  });
});

describe('EfficientNet-Lite0 on three backends', () => {
  // An odd size pads unevenly at the strided layers, where layouts go wrong first.
  it.each([64, 75])('gives the same answers at %i px', async (sizePx) => {
    const tensors = new Map(
      [...lite0WeightShapes(4)].map(([name, shape], i) => {
        const length = shape.reduce((a, b) => a * b, 1);
        const fan = Math.max(1, length / (shape.at(-1) === 1 ? (shape.at(-2) ?? 1) : (shape.at(-1) ?? 1)));
        const values = seededValues(length, i + 1).map((value) => value * Math.sqrt(24 / fan));
        return [name.replace('/depthwise_kernel', '.kernel').replace('/', '.'), { shape, values }];
      }),
    );
    const written = serialiseNetwork(efficientNetLite0(sizePx, 4), importLite0Weights(tensors, 4), 'test');
    const network = parseNetwork(written.modelJson, written.weights);
    const images = seededValues(2 * sizePx * sizePx * 3, 5);
    const reference = await forwardOn('onnx', network, sizePx, images, 2);
    for (const name of BACKENDS) {
      const result = await forwardOn(name, network, sizePx, images, 2);
      const scale = Math.max(1, ...reference.logits.map(Math.abs));
      expect(largestDifference(result.logits, reference.logits) / scale).toBeLessThan(1e-3);
    }
  });
});
