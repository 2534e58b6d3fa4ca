import { readdirSync, unlinkSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBundle } from '../../../electron/engine/bundle/read';
import { spawnTraining, type TrainingTransport } from '../../../electron/engine/client/spawn-training';
import { loadTensorflow } from '../../../electron/engine/backends/tensorflow';
import { toNetworkInput } from '../../../electron/engine/images/preprocess';
import { weightOf } from '../../../electron/engine/network/graph';
import { parseNetwork } from '../../../electron/engine/network/layers-topology';
import { initialNetwork } from '../../../electron/engine/train/initial-weights';
import { TrainingGraph } from '../../../electron/engine/train/training-graph';
import { TrainingPause } from '../../../electron/services/train/run-process';
import { train, type TrainOptions } from '../../../electron/services/train/train';
import { gatherListed } from '../../../electron/services/train/training-source';
import { isLocked } from '../../../electron/services/train/partitions';
import { LOCAL_ACTOR } from '../../../electron/shared/domain/codes';
import { recipeSchema } from '../../../electron/shared/domain/recipe';
import { buildTraining } from '../../helpers/build-engine';
import { rejectionOf } from '../../helpers/errors';
import { paintDisc } from '../../helpers/paint-disc';
import { smallDiskTest } from '../../helpers/small-disk';
import { toAppError } from '../../../electron/shared/errors';

const RESOURCES = resolve(import.meta.dirname, '../../../resources');
const PATIENTS = 60;
const SIZE_PX = 64;

let folder: string;
let entry: string;
let list: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netra-train-'));
  entry = await buildTraining();
  const rows = ['file,patient,source,grade'];
  for (let patient = 0; patient < PATIENTS; patient++) {
    const ill = patient % 3 === 0;
    const file = `${patient}.jpg`;
    rows.push(`${file},p${patient},${patient % 2 === 0 ? 'one' : 'two'},${ill ? 2 + (patient % 2) : 0}`);
    // Files of locked patients do not even exist: whoever opened them would fail.
    if (!isLocked(`p${patient}`)) await writeFile(join(folder, file), await paintDisc(patient, ill));
  }
  list = join(folder, 'list.csv');
  await writeFile(list, rows.join('\n'));
  const shipped = recipeSchema.parse(JSON.parse(await readFile(join(RESOURCES, 'recipes/netra-1.json'), 'utf8')));
  const stage = { sizePx: SIZE_PX, epochs: 1, learningRate: 3e-4, warmUpSteps: 2, headOnlySteps: 1, trained: 'all' as const };
  const recipe = {
    ...shipped,
    name: 'test',
    drawsPerEpoch: 16,
    batchSize: 8,
    validationImages: 10,
    calibrationShare: 0.3,
    stages: [stage, { ...stage, epochs: 2, headOnlySteps: 0, trained: 'late' as const }],
  };
  await writeFile(join(folder, 'recipe.json'), JSON.stringify(recipe));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function errorCode(work: Promise<unknown>): Promise<string> {
  return toAppError(await rejectionOf(work)).code;
}

function options(
  name: string,
  {
    images = null,
    ...changes
  }: Partial<Omit<TrainOptions, 'hooks'>> & { images?: string | null; hooks?: Partial<TrainOptions['hooks']> } = {},
): TrainOptions {
  const nothing = (): void => undefined;
  return {
    gather: (recipe) => gatherListed({ data: list, images }, recipe, nothing, new AbortController().signal),
    recipe: join(folder, 'recipe.json'),
    from: null,
    out: join(folder, name),
    epochs: null,
    resume: false,
    seed: 7,
    learnt: null,
    command: 'netra train',
    resourcesFolder: RESOURCES,
    spawn: (settings) => spawnTraining(entry, settings),
    signal: new AbortController().signal,
    pause: new TrainingPause(),
    cache: null,
    ...changes,
    hooks: {
      onSet: nothing,
      onDevice: nothing,
      onPrepared: nothing,
      onStep: nothing,
      onEpoch: nothing,
      onNote: nothing,
      onPaused: nothing,
      ...changes.hooks,
    },
  };
}

/** Whether the first values are the same, bit for bit. */
function same(a: Float32Array, b: Float32Array, count: number): boolean {
  const bytes = (values: Float32Array): Buffer => Buffer.from(values.buffer, values.byteOffset, count * 4);
  return bytes(a).equals(bytes(b));
}

async function headOf(bundle: string): Promise<Float32Array> {
  const { files } = await readBundle(bundle);
  return weightOf(parseNetwork(files.modelJson, files.weights).weights, 'head/kernel').values;
}

describe('a training', () => {
  it('killed after its first epoch ends with the same weights, bit for bit, as an uninterrupted one', async () => {
    const whole = await train(LOCAL_ACTOR, options('whole'));
    expect(whole.result.parity).toBeLessThanOrEqual(1e-3);

    let running: TrainingTransport | undefined;
    const killed = options('killed', {
      spawn: (settings) => (running = spawnTraining(entry, settings)),
      // As a power cut would: no farewell.
      hooks: { onEpoch: () => running?.kill() },
    });
    expect(await errorCode(train(LOCAL_ACTOR, killed))).toBe('engine-crashed');
    const epochs: number[] = [];
    await train(LOCAL_ACTOR, options('killed', { resume: true, hooks: { onEpoch: ({ epoch }) => epochs.push(epoch) } }));

    expect(epochs).toEqual([2, 3]);
    // Compared as a whole: an assertion over seven million elements takes minutes.
    expect((await readFile(join(folder, 'killed/weights.bin'))).equals(await readFile(join(folder, 'whole/weights.bin')))).toBe(true);
  });

  it('keeps a share of the model that it went on from, and goes on learning from the unmixed weights', async () => {
    const parent = await train(LOCAL_ACTOR, options('parent', { epochs: 1 }));
    const recipe = JSON.parse(await readFile(join(folder, 'recipe.json'), 'utf8')) as Record<string, unknown>;
    async function head(name: string, changes: Record<string, unknown>): Promise<Float32Array> {
      const file = join(folder, `${name}.json`);
      const stage = { sizePx: SIZE_PX, epochs: 2, learningRate: 3e-4, warmUpSteps: 0, headOnlySteps: 0, trained: 'all' };
      await writeFile(file, JSON.stringify({ ...recipe, stages: [stage], selection: 'last-epoch', ...changes }));
      await train(LOCAL_ACTOR, options(name, { recipe: file, from: parent.folder }));
      return headOf(join(folder, name));
    }
    const before = await headOf(parent.folder);
    const free = await head('free', {});
    const mixed = await head('mixed', { parentShare: 0.5 });

    expect(free.some((value, index) => Math.abs(value - (before[index] ?? 0)) > 1e-3)).toBe(true);
    // float16 on disk: one part in two thousand.
    for (const [index, value] of mixed.entries()) expect(value).toBeCloseTo(((before[index] ?? 0) + (free[index] ?? 0)) / 2, 3);
  });

  it('never opens a file of a locked test patient', async () => {
    let counts: { locked: number; unreadable: number } | undefined;
    await train(LOCAL_ACTOR, options('locked', { epochs: 1, hooks: { onSet: (set) => (counts = set.counts) } }));
    expect(counts?.locked).toBeGreaterThan(0);
    expect(counts?.unreadable).toBe(0);
  });

  it('goes on when photographs disappear, and says how many', async () => {
    const images = join(folder, 'vanishing');
    await mkdir(images);
    for (let patient = 0; patient < PATIENTS; patient++) {
      if (!isLocked(`p${patient}`)) await copyFile(join(folder, `${patient}.jpg`), join(images, `${patient}.jpg`));
    }
    let unreadable = 0;
    const { id } = await train(
      LOCAL_ACTOR,
      options('lost', {
        images,
        hooks: {
          onSet: () =>
            readdirSync(images)
              .slice(0, 15)
              .forEach((name) => unlinkSync(join(images, name))),
          onEpoch: (facts) => (unreadable += facts.unreadable),
        },
      }),
    );
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(unreadable).toBeGreaterThan(0);
  });

  smallDiskTest('on a full disk ends with its code and leaves no half a checkpoint', 40, async (disk) => {
    const out = join(disk.folder, 'full');
    expect(await errorCode(train(LOCAL_ACTOR, options('full', { out })))).toBe('disk-full');
    expect((await readdir(`${out}.work`)).filter((name) => name.startsWith('checkpoint'))).toEqual([]);
  });

  it('never overwrites a finished model', async () => {
    await mkdir(join(folder, 'finished'));
    expect(await errorCode(train(LOCAL_ACTOR, options('finished')))).toBe('model-exists');
  });

  it('refuses a checkpoint of another training', async () => {
    let running: TrainingTransport | undefined;
    await errorCode(
      train(
        LOCAL_ACTOR,
        options('foreign', { spawn: (settings) => (running = spawnTraining(entry, settings)), hooks: { onEpoch: () => running?.kill() } }),
      ),
    );
    expect(await errorCode(train(LOCAL_ACTOR, options('foreign', { resume: true, seed: 8 })))).toBe('checkpoint-foreign');
  });
});

describe('the training graph', () => {
  it('answers as the network that screens does, from the same bytes', async () => {
    const graph = await TrainingGraph.load(join(RESOURCES, 'training-graph'), 'cumulative-4', []);
    const { files } = await readBundle(join(RESOURCES, 'models/starter'));
    const { graph: network, weights } = initialNetwork(parseNetwork(files.modelJson, files.weights), SIZE_PX, 'cumulative-4', 1);
    graph.start(weights);
    // Every byte value: 8-bit arithmetic before the conversion would wrap below 127.
    const bytes = Uint8Array.from({ length: SIZE_PX * SIZE_PX * 3 }, (_, index) => (index * 7) % 256);
    const trained = graph.predict(Float32Array.from(bytes), 1, SIZE_PX);
    const backend = await loadTensorflow({ network: { graph: network, weights }, onnx: null, inputSizePx: SIZE_PX, threads: 1 });
    const { logits } = await backend.forward(toNetworkInput(bytes), 1);
    for (const [output, logit] of logits.entries()) expect(trained[output]).toBeCloseTo(logit, 3);
    backend.dispose();
    graph.dispose();
  });

  it('keeps the number of tensors constant from step to step, lowers the loss, and moves only what a step trains', async () => {
    const graph = await TrainingGraph.load(join(RESOURCES, 'training-graph'), 'cumulative-4', ['all', 'late', 'head']);
    const { files } = await readBundle(join(RESOURCES, 'models/imagenet-lite0'));
    graph.start(initialNetwork(parseNetwork(files.modelJson, files.weights), SIZE_PX, 'cumulative-4', 1).weights);
    const n = 4;
    const batch = {
      images: Float32Array.from(
        { length: n * SIZE_PX * SIZE_PX * 3 },
        (_, index) => ((index * 13) % 64) + 60 * Math.floor(index / (SIZE_PX * SIZE_PX * 3)),
      ),
      targets: Float32Array.from([1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0]),
      targetWeights: new Float32Array(n * 4).fill(1),
    };
    const settings = {
      learningRate: 1e-3,
      headLearningRate: 5e-3,
      weightDecay: 0,
      clipNorm: 2,
      averageDecay: 0.5,
      dropout: 0,
      seed: [1, 2] as const,
    };
    const before = graph.state().weights;
    graph.step(batch, SIZE_PX, { ...settings, trained: 'head' });
    const afterHead = graph.state().weights;
    expect(same(afterHead, before, afterHead.length - 1280 * 4 - 4)).toBe(true);
    graph.step(batch, SIZE_PX, { ...settings, trained: 'late' });
    const afterLate = graph.state().weights;
    const stem = 3 * 3 * 3 * 32;
    expect(same(afterLate, before, stem)).toBe(true);
    expect(same(afterLate, before, afterLate.length)).toBe(false);
    const losses = Array.from({ length: 4 }, () => graph.step(batch, SIZE_PX, { ...settings, trained: 'all' }));
    const tensors = graph.liveTensors;
    for (let step = 0; step < 6; step++) losses.push(graph.step(batch, SIZE_PX, { ...settings, trained: 'all' }));
    expect(graph.liveTensors).toBe(tensors);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    graph.dispose();
  });
});
