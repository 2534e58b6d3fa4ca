import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requireTensorflow } from '../../../electron/engine/backends/tensorflow';
import { loadBackend } from '../../../electron/engine/backends/load';
import { importBackbone } from '../../../electron/engine/bundle/import-backbone';
import { readBundle } from '../../../electron/engine/bundle/read';
import { toNetworkInput } from '../../../electron/engine/images/preprocess';
import { roundToHalf } from '../../../electron/engine/network/float16';
import { parseNetwork } from '../../../electron/engine/network/layers-topology';
import { writeOnnx } from '../../../electron/engine/network/onnx-writer';
import { EagerNetwork } from '../../../electron/engine/train/eager-network';
import type { Batch, Feed, ReadableImage } from '../../../electron/engine/train/feed';
import { initialNetwork, type InitialNetwork } from '../../../electron/engine/train/initial-weights';
import type { StepEngine } from '../../../electron/engine/train/step-engine';
import { train } from '../../../electron/engine/train/trainer';
import { TrainingGraph } from '../../../electron/engine/train/training-graph';
import { readRecipe } from '../../../electron/services/train/recipes';
import type { Recipe } from '../../../electron/shared/domain/recipe';
import { inception } from '../../helpers/layers-model';

const RESOURCES = resolve(import.meta.dirname, '../../../resources');
const SIZE_PX = 64;
const N = 4;
/** Every byte value: 8-bit arithmetic before the conversion would wrap below 127. */
const BYTES = Uint8Array.from({ length: SIZE_PX * SIZE_PX * 3 }, (_, index) => (index * 7) % 256);
const SETTINGS = { weightDecay: 0, clipNorm: 2, averageDecay: 0, dropout: 0.2, seed: [1, 2] as const };

/** An imported backbone with our head: branches, concatenation, average pool, batch norm without scale. */
function imported(): InitialNetwork {
  const model = inception();
  const facts = { name: 'small-inception', source: 'a test', licence: 'MIT', command: 'netra import-backbone', createdAt: '2026-11-23' };
  const { files } = importBackbone(model.file('predictions'), [model.bytes], null, facts);
  return initialNetwork(parseNetwork(files.modelJson, files.weights), SIZE_PX, 'cumulative-4', 1);
}

/** Bright ones are referable. */
function batch(): Batch {
  const pixels = SIZE_PX * SIZE_PX * 3;
  return {
    images: Float32Array.from({ length: N * pixels }, (_, index) => ((index * 13) % 64) + 60 * Math.floor(index / pixels)),
    targets: Float32Array.from([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0]),
    targetWeights: new Float32Array(N * 4).fill(1),
  };
}

function changed(a: Float32Array, b: Float32Array): number {
  return a.reduce((count, value, at) => count + (value === b[at] ? 0 : 1), 0);
}

describe('training operation by operation', () => {
  it('lowers the loss of an imported backbone, moves only what a step trains, and keeps the number of tensors constant', async () => {
    const { graph, weights } = imported();
    const engine = await EagerNetwork.load(graph, weights, 'cumulative-4');
    engine.start(weights);
    const before = engine.state().weights;
    engine.step(batch(), SIZE_PX, { ...SETTINGS, learningRate: 1e-2, headLearningRate: 1e-2, trained: 'head' });
    const afterHead = engine.state().weights;
    const headAt = before.length - (10 * 4 + 4);
    expect(changed(afterHead.subarray(0, headAt), before)).toBe(0);
    expect(changed(afterHead.subarray(headAt), before.subarray(headAt))).toBeGreaterThan(4);
    const settings = { ...SETTINGS, dropout: 0, learningRate: 3e-3, headLearningRate: 3e-3, trained: 'all' as const };
    const losses = [engine.step(batch(), SIZE_PX, settings)];
    const tensors = engine.liveTensors;
    for (let step = 0; step < 20; step += 1) losses.push(engine.step(batch(), SIZE_PX, settings));
    expect(engine.liveTensors).toBe(tensors);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) * 0.8);
    engine.dispose();
  });

  it('predicts what the same weights predict in the ONNX form, also after it has learnt', async () => {
    const { graph, weights } = imported();
    const engine = await EagerNetwork.load(graph, weights, 'cumulative-4');
    engine.start(weights);
    for (let step = 0; step < 3; step += 1)
      engine.step(batch(), SIZE_PX, { ...SETTINGS, learningRate: 1e-2, headLearningRate: 1e-2, trained: 'all' });
    // As it would be shipped: in float16.
    const floats = engine.weightsOf(engine.averagedWeights());
    const learnt = new Map([...floats].map(([name, { shape, values }]) => [name, { shape, values: roundToHalf(values) }]));
    engine.start(learnt);
    const onnx = await loadBackend('onnx', {
      network: { graph, weights: learnt },
      onnx: writeOnnx(graph, learnt, 'test'),
      inputSizePx: SIZE_PX,
      threads: 1,
    });
    const { logits } = await onnx.forward(toNetworkInput(BYTES), 1);
    const own = engine.predict(Float32Array.from(BYTES), 1, SIZE_PX);
    expect(own).toHaveLength(4);
    for (const [output, logit] of logits.entries()) expect(own[output]).toBeCloseTo(logit, 4);
    onnx.dispose();
    engine.dispose();
  });

  it('answers for our own network as the training graph does, which it stands in for', async () => {
    const { files } = await readBundle(join(RESOURCES, 'models/starter'));
    const { graph, weights } = initialNetwork(parseNetwork(files.modelJson, files.weights), SIZE_PX, 'cumulative-4', 1);
    const [whole, eager] = [
      await TrainingGraph.load(join(RESOURCES, 'training-graph'), 'cumulative-4', []),
      await EagerNetwork.load(graph, weights, 'cumulative-4'),
    ];
    const [a, b] = [whole, eager].map((engine) => {
      engine.start(weights);
      const logits = engine.predict(Float32Array.from(BYTES), 1, SIZE_PX);
      engine.dispose();
      return logits;
    });
    for (const [output, logit] of (a ?? []).entries()) expect(b?.[output]).toBeCloseTo(logit, 3);
  });
});

const EPOCHS = 5;
/** What allocators keep and the compiler adds between the end of the first epoch and that of the last. */
const MOST_GROWTH_BYTES = 100e6;
/** Planted: 16 MB a step, 8 steps an epoch, 512 MB over the epochs that are watched. */
const LEAK_VALUES = 4e6;

interface Watched {
  tensors: number[];
  grownBytes: number;
}

/** A whole training in this process; tensors and memory at the end of every epoch. */
async function watch(leaking: boolean): Promise<Watched> {
  const { graph, weights } = imported();
  const engine: StepEngine = await EagerNetwork.load(graph, weights, 'cumulative-4');
  const shipped = await readRecipe('netra-1', RESOURCES);
  const stage = { sizePx: SIZE_PX, epochs: EPOCHS, learningRate: 1e-3, warmUpSteps: 2, headOnlySteps: 0, trained: 'all' as const };
  const recipe: Recipe = {
    ...shipped,
    backbone: 'any',
    name: 'flat',
    drawsPerEpoch: 32,
    batchSize: 4,
    validationImages: 10,
    stages: [stage],
  };
  const images = Array.from({ length: 40 }, (_, index): ReadableImage => {
    const sha256 = createHash('sha256').update(`photograph ${index}`).digest('hex');
    return { sha256, source: 'one', grade: (index % 2) * 3, referable: index % 2 === 1, certainty: 1, read: () => Promise.resolve(BYTES) };
  });
  const leaked: unknown[] = [];
  const feed: Feed = {
    async *batches(draws, _stage, batchSize) {
      for (let at = 0; at < draws.length; at += batchSize) {
        if (leaking) {
          const tf = requireTensorflow() as unknown as { ones(shape: number[]): unknown };
          leaked.push(tf.ones([LEAK_VALUES]));
        }
        yield await Promise.resolve(batch());
      }
    },
    forScoring: () => Promise.resolve(BYTES),
    takeUnreadable: () => 0,
  };
  const tensors: number[] = [];
  const rss: number[] = [];
  await train(
    { recipe, seed: 1, training: images.slice(0, 24), calibration: images.slice(24), initial: weights, checkpoint: null, batchSize: 4 },
    engine,
    feed,
    {
      mayGoOn: () => Promise.resolve(),
      onStep: () => undefined,
      onEpoch() {
        tensors.push(engine.liveTensors);
        rss.push(process.memoryUsage().rss);
        return Promise.resolve();
      },
    },
  );
  engine.dispose();
  (requireTensorflow() as unknown as { dispose(tensors: unknown[]): void }).dispose(leaked);
  return { tensors, grownBytes: (rss.at(-1) ?? 0) - (rss[0] ?? 0) };
}

describe('the memory of a training', () => {
  it('is flat from the end of the first epoch on', async () => {
    const { tensors, grownBytes } = await watch(false);
    expect(tensors).toHaveLength(EPOCHS);
    expect(new Set(tensors).size).toBe(1);
    expect(grownBytes).toBeLessThan(MOST_GROWTH_BYTES);
  });

  it('is seen to grow where a step leaves a tensor behind', async () => {
    const { tensors, grownBytes } = await watch(true);
    expect(new Set(tensors).size).toBe(EPOCHS);
    expect(grownBytes).toBeGreaterThan(MOST_GROWTH_BYTES);
  });
});
