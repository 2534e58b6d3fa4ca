import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createOrOpenProfile } from '../../../electron/db/profile/profile';
import { readBundle } from '../../../electron/engine/bundle/read';
import { spawnTraining } from '../../../electron/engine/client/spawn-training';
import { loadModel } from '../../../electron/engine/screening/model';
import { prepareImage } from '../../../electron/engine/screening/prepare';
import { readSafeTensors } from '../../../electron/engine/network/safetensors';
import { parseNetwork } from '../../../electron/engine/network/layers-topology';
import { exportTraining, readExport } from '../../../electron/services/train/export-training';
import { PictureCache } from '../../../electron/services/train/picture-cache';
import { TrainingPause } from '../../../electron/services/train/run-process';
import { train, type TrainedModel, type TrainOptions } from '../../../electron/services/train/train';
import { gatherListed } from '../../../electron/services/train/training-source';
import { isLocked } from '../../../electron/services/train/partitions';
import { paintFundus } from '../../../electron/services/demo/paint-fundus';
import { LOCAL_ACTOR } from '../../../electron/shared/domain/codes';
import { type Recipe, recipeSchema } from '../../../electron/shared/domain/recipe';
import type { EpochFacts } from '../../../electron/shared/domain/training';
import { buildTraining } from '../../helpers/build-engine';
import { paintDisc } from '../../helpers/paint-disc';

const RESOURCES = resolve(import.meta.dirname, '../../../resources');
const HIDE = pathToFileURL(resolve(import.meta.dirname, '../../helpers/hide-package.mjs')).href;
const PATIENTS = 80;
const SIZE_PX = 64;

let folder: string;
let entry: string;

async function shipped(name: string): Promise<Recipe> {
  return recipeSchema.parse(JSON.parse(await readFile(join(RESOURCES, `recipes/${name}.json`), 'utf8')));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'netra-heads-'));
  entry = await buildTraining();
  const rows = ['file,patient,source,grade'];
  for (let patient = 0; patient < PATIENTS; patient++) {
    const ill = patient % 2 === 0;
    rows.push(`${patient}.jpg,p${patient},one,${ill ? 3 : 0}`);
    if (!isLocked(`p${patient}`)) await writeFile(join(folder, `${patient}.jpg`), await paintDisc(patient, ill));
  }
  await writeFile(join(folder, 'list.csv'), rows.join('\n'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  model: TrainedModel;
  epochs: EpochFacts[];
  prepared: number;
}

/** @param recipe small enough for a test, whole otherwise */
async function trained(name: string, recipe: Recipe, changes: Partial<TrainOptions> = {}): Promise<Run> {
  const file = join(folder, `${name}.json`);
  await writeFile(file, JSON.stringify(recipe));
  const epochs: EpochFacts[] = [];
  let prepared = 0;
  const nothing = (): void => undefined;
  const model = await train(LOCAL_ACTOR, {
    gather: (of) => gatherListed({ data: join(folder, 'list.csv'), images: null }, of, nothing, new AbortController().signal),
    recipe: file,
    from: null,
    out: join(folder, name),
    epochs: null,
    resume: false,
    seed: 3,
    learnt: null,
    command: 'netra train',
    resourcesFolder: RESOURCES,
    spawn: (settings) => spawnTraining(entry, settings),
    signal: new AbortController().signal,
    pause: new TrainingPause(),
    cache: null,
    hooks: {
      onSet: nothing,
      onDevice: nothing,
      onPrepared: (done) => (prepared = done),
      onStep: nothing,
      onEpoch: (facts) => epochs.push(facts),
      onNote: nothing,
      onPaused: nothing,
    },
    ...changes,
  });
  return { model, epochs, prepared };
}

async function smallHead(): Promise<Recipe> {
  const recipe = await shipped('netra-head');
  const stages = recipe.stages.map((stage) => ({ ...stage, sizePx: SIZE_PX, epochs: 8, warmUpSteps: 2 }));
  return { ...recipe, drawsPerEpoch: 128, batchSize: 32, stages };
}

describe('the head alone', () => {
  it('is trained on a machine without TensorFlow, scored out of fold for every photograph, and its two forms agree', async () => {
    const options = process.env['NODE_OPTIONS'];
    vi.stubEnv('NODE_OPTIONS', `${options ?? ''} --import ${HIDE}`);
    vi.stubEnv('NETRA_TEST_HIDE', '@tensorflow/tfjs-node-gpu');
    onTestFinished(() => void vi.unstubAllEnvs());
    const { model, epochs, prepared } = await trained('head', await smallHead());
    expect(prepared).toBeGreaterThan(50);
    expect(model.result.calibration).toHaveLength(prepared);
    expect(model.result.parity).toBeLessThanOrEqual(1e-3);
    expect(epochs.at(-1)?.trainingLoss).toBeLessThan(0.7 * (epochs[0]?.trainingLoss ?? 0));
    expect(model.content.operatingPoints?.screening.chosen).toContain('0.87');
    expect(model.content.metrics[0]?.measuredOn).toContain('out of fold');
    // The marks are easy to see: a head that learnt nothing would have 0.5.
    expect(model.content.metrics.find(({ name }) => name === 'AUC')?.value).toBeGreaterThan(0.8);
  });

  it('ends with the same weights when interrupted and resumed, from embeddings that were kept encrypted', async () => {
    const profile = await createOrOpenProfile(join(folder, 'profile'));
    onTestFinished(() => profile.close());
    const cache = new PictureCache(profile);
    const recipe = await smallHead();
    const whole = await trained('head-whole', recipe, { cache });
    const abort = new AbortController();
    await expect(
      trained('head-cut', recipe, {
        cache,
        signal: abort.signal,
        hooks: {
          onSet: () => undefined,
          onDevice: () => undefined,
          onPrepared: () => undefined,
          onStep: () => undefined,
          onEpoch: ({ epoch }) => void (epoch === 3 && abort.abort()),
          onNote: () => undefined,
          onPaused: () => undefined,
        },
      }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    const resumed = await trained('head-cut', recipe, { cache, resume: true });
    expect(resumed.epochs[0]?.epoch).toBe(4);
    expect((await readFile(join(folder, 'head-cut/weights.bin'))).equals(await readFile(join(folder, 'head-whole/weights.bin')))).toBe(
      true,
    );
    expect(whole.model.id).not.toBe('');
  });
});

describe('the recipe of 2016', () => {
  it('keeps the weights of every epoch from 0 on, tells accuracy and weighted cross-entropy, and screens with p2 only', async () => {
    const recipe = await shipped('julia-2016');
    const stages = recipe.stages.map((stage) => ({ ...stage, sizePx: SIZE_PX, epochs: 2, trained: 'head' as const, warmUpSteps: 2 }));
    const small: Recipe = { ...recipe, views: 2, drawsPerEpoch: 64, validationImages: 10, calibrationShare: 0.3, stages };
    const { model, epochs } = await trained('julia', small);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    for (const facts of epochs) {
      expect(facts.validationLoss).toBeGreaterThan(0);
      expect(facts.validationAccuracy).toBeGreaterThanOrEqual(0);
    }
    const kept = (await readdir(join(folder, 'julia.work'))).filter((name) => name.endsWith('.safetensors')).sort();
    expect(kept).toEqual(['epoch-000.safetensors', 'epoch-001.safetensors', 'epoch-002.safetensors']);
    const { tensors } = readSafeTensors(await readFile(join(folder, 'julia.work/epoch-000.safetensors')));
    expect(tensors.get('hidden.kernel')?.shape).toEqual([1280, 128]);
    expect(tensors.get('head.kernel')?.shape).toEqual([128, 2]);

    const { files, card } = await readBundle(model.folder);
    expect(card).toMatchObject({ head: 'softmax-2', operatingPoints: { urgent: null } });
    const loaded = await loadModel(files, 'onnx', 1);
    const { input } = await prepareImage(await paintFundus({ seed: 2, sizePx: 500, grade: 2 }), card.inputSizePx);
    const { p, heatMap } = await loaded.predict(input ?? new Float32Array());
    expect(p.map(Number.isFinite)).toEqual([false, true, false, false]);
    expect(heatMap.values.every(Number.isFinite)).toBe(true);
    loaded.backend.dispose();
  });
});

describe('a training elsewhere', () => {
  it('gets photographs without names, and comes back through the same checks, or is refused', async () => {
    const head = await smallHead();
    const recipe: Recipe = { ...head, folds: undefined, calibrationShare: 0.3 };
    const recipeFile = join(folder, 'elsewhere.json');
    await writeFile(recipeFile, JSON.stringify(recipe));
    const out = join(folder, 'carried');
    const signal = new AbortController().signal;
    const facts = await exportTraining(LOCAL_ACTOR, {
      gather: (of) => gatherListed({ data: join(folder, 'list.csv'), images: null }, of, () => undefined, signal),
      recipe: recipeFile,
      from: null,
      seed: 3,
      out,
      resourcesFolder: RESOURCES,
      spawn: (settings) => spawnTraining(entry, settings),
      signal,
      onProgress: () => undefined,
    });
    expect(await readExport(out)).toEqual(facts);
    const labels = JSON.parse(await readFile(join(out, 'training.json'), 'utf8')) as object[];
    const pixels = await readFile(join(out, 'training.npy'));
    expect(pixels.subarray(1, 6).toString()).toBe('NUMPY');
    expect((pixels.length - 128) / (SIZE_PX * SIZE_PX * 3)).toBe(labels.length);
    for (const name of await readdir(out)) expect((await readFile(join(out, name))).includes('.jpg')).toBe(false);

    const tensors = await readFile(join(out, 'initial.safetensors'));
    const learnt = { tensors, manifestSha256: facts.manifestSha256, initial: facts.initial };
    const { model } = await trained('back', recipe, { learnt });
    const { files } = await readBundle(model.folder);
    const kernel = parseNetwork(files.modelJson, files.weights).weights.get('stem/kernel')?.values ?? new Float32Array();
    const sent = readSafeTensors(tensors).tensors.get('stem.kernel')?.values ?? new Float32Array();
    expect(Math.max(...kernel.map((value, index) => Math.abs(value - (sent[index] ?? NaN))))).toBeLessThan(1e-2);

    const refusal = (changes: object): Promise<unknown> => trained('refused', recipe, { learnt: { ...learnt, ...changes } });
    await expect(refusal({ manifestSha256: 'f'.repeat(64) })).rejects.toMatchObject({ code: 'training-set-differs' });
    await expect(refusal({ tensors: tensors.subarray(0, 1000) })).rejects.toMatchObject({ code: 'bundle-foreign' });
  });
});
