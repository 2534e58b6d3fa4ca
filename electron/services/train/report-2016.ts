import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { writeFileDurably } from '../../db/profile/durable-file';
import { readBundle } from '../../engine/bundle/read';
import type { EngineClient } from '../../engine/client/engine-client';
import type { SpawnTraining } from '../../engine/client/spawn-training';
import type { Actor } from '../../shared/domain/codes';
import { BACKENDS } from '../../shared/domain/codes';
import type { Recipe } from '../../shared/domain/recipe';
import type { EpochFacts } from '../../shared/domain/training';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { evaluate } from '../evaluate/evaluate';
import type { Figures } from '../evaluate/figures';
import { readHistory } from '../models/store';
import { inferenceThreads } from '../workspace';
import type { LabelledFile } from './label-list';
import { foldOf, isHeldBack, isLocked } from './partitions';
import { PictureCache } from './picture-cache';
import { readRecipe } from './recipes';
import { CHECKPOINT, TrainingPause } from './run-process';
import { train } from './train';
import { gatherListed } from './training-source';
import { readLabelList } from './training-set';

export interface Report2016Options {
  data: string;
  images: string | null;
  out: string;
  resourcesFolder: string;
  /** Healthy photographs kept of the list; infected ones are three for every two hundred of them. */
  healthy: number;
  /** Locked test photographs that each model is measured on. */
  tested: number;
  /** Trains all layers instead of the head on cached embeddings: hours instead of minutes. */
  allLayers: boolean;
  engine: EngineClient;
  spawn: SpawnTraining;
  signal: AbortSignal;
  onVariant: (name: (typeof VARIANTS)[number]) => void;
  onProgress: (done: number, total: number) => void;
  onEpoch: (facts: EpochFacts) => void;
}

export interface Variant2016 {
  name: (typeof VARIANTS)[number];
  modelId: string;
  history: EpochFacts[];
  /** On its own training photographs: what it has learnt by heart counts here. */
  seen: Figures;
  /** On locked test patients, the same for all. */
  locked: Figures;
  lockedByPatient: Figures;
}

export interface Report2016 {
  photographs: { healthy: number; infected: number; tested: number; testedInfected: number };
  trained: 'head' | 'all';
  sizePx: number;
  variants: Variant2016[];
}

export const VARIANTS = ['weighted-softmax', 'balanced-augmented', 'netra'] as const;
const SIZE_PX = 224;
const RATIO = 3 / 200;
/** Of an own training set, healthy photographs that are scored again. */
const SEEN_HEALTHY = 150;
const VIEWS = 3;
const SEED = 2016;
/** Beside a variant's bundle: what it is made from, and what was measured. */
const BEGUN = '.key';
const MEASURED = '.measured.json';

/**
 * The story of 2016 on today's photographs: a list thinned to two hundred healthy for every three infected, trained by weighted softmax, by balanced sets
 * with noise and half turns, and by our recipe; all measured on the same locked test patients.
 *
 * @throws AppError path-not-found, label-list-invalid, training-set-too-small, and what `train` and `evaluate` throw
 */
export async function report2016(actor: Actor, options: Report2016Options): Promise<Report2016> {
  requireRole(actor, 'admin');
  const { files } = await readLabelList(options.data);
  const folder = options.images ?? dirname(options.data);
  const open = files.filter((file) => !isLocked(file.patient));
  const kept = thinned(open, options.healthy);
  const tested = inHashOrder(files.filter((file) => isLocked(file.patient))).slice(0, options.tested);
  if (tested.length === 0) throw new AppError('gate-no-locked-patients');
  await mkdir(options.out, { recursive: true });
  const lists = {
    training: join(options.out, 'training.csv'),
    seen: join(options.out, 'seen.csv'),
    tested: join(options.out, 'tested.csv'),
  };
  const healthy = kept.filter((file) => !file.referable);
  const texts = [
    await writeList(lists.training, kept),
    await writeList(lists.seen, [...healthy.slice(0, SEEN_HEALTHY), ...kept.filter((file) => file.referable)]),
    await writeList(lists.tested, tested),
  ];
  // Prepared views serve all three trainings; their key is gone when this ends.
  const cache = new PictureCache({ folder: options.out, blobStoreOptions: { folder: options.out, key: randomBytes(32) } });
  const variants: Variant2016[] = [];
  try {
    for (const name of VARIANTS) {
      options.onVariant(name);
      variants.push(await measuredVariant(name));
    }
  } finally {
    await cache.clear();
  }
  return {
    photographs: {
      healthy: healthy.length,
      infected: kept.length - healthy.length,
      tested: tested.length,
      testedInfected: tested.filter((file) => file.referable).length,
    },
    trained: options.allLayers ? 'all' : 'head',
    sizePx: SIZE_PX,
    variants,
  };

  /** Interrupted, the same command takes what is measured as it is, and goes on from the last epoch of what is not. */
  async function measuredVariant(name: Variant2016['name']): Promise<Variant2016> {
    const recipe = JSON.stringify(await recipeOf(name, options));
    const out = join(options.out, name);
    const key = createHash('sha256')
      .update([recipe, ...texts].join('\0'))
      .digest('hex');
    const begun = await begin(out, key);
    if (begun.measured !== null) return begun.measured;
    const recipeFile = `${out}.json`;
    await writeFile(recipeFile, recipe);
    const { modelId, history } = begun.trained
      ? { modelId: (await readBundle(out)).files.id, history: await readHistory(join(`${out}.work`, 'manifest.txt')) }
      : await trained(name, recipeFile, out);
    const bundle = await readBundle(out);
    await options.engine.load({ bundle: bundle.files, backend: 'auto', order: BACKENDS, threads: inferenceThreads() });
    const measured = async (data: string) => {
      const { parts } = await evaluate(actor, {
        data,
        images: folder,
        patients: 'all',
        bundle,
        engine: options.engine,
        signal: options.signal,
        onProgress: options.onProgress,
      });
      const [image, patient] = (['image', 'patient'] as const).map(
        (unit) => parts[0]?.groups.find((group) => group.unit === unit)?.figures,
      );
      if (image === undefined || patient === undefined) throw new AppError('internal');
      return { image, patient };
    };
    const locked = await measured(lists.tested);
    const seen = (await measured(lists.seen)).image;
    const variant: Variant2016 = { name, modelId, history, seen, locked: locked.image, lockedByPatient: locked.patient };
    await writeFileDurably(`${out}${MEASURED}`, Buffer.from(JSON.stringify(variant)));
    return variant;
  }

  async function trained(name: string, recipe: string, out: string): Promise<{ modelId: string; history: EpochFacts[] }> {
    const { id, result } = await train(actor, {
      gather: (of) => gatherListed({ data: lists.training, images: folder }, of, () => undefined, options.signal),
      recipe,
      from: null,
      out,
      epochs: null,
      resume: await exists(join(`${out}.work`, CHECKPOINT)),
      seed: SEED,
      learnt: null,
      command: `netra report-2016, ${name}`,
      resourcesFolder: options.resourcesFolder,
      spawn: options.spawn,
      signal: options.signal,
      pause: new TrainingPause(),
      cache,
      hooks: {
        onSet: () => undefined,
        onDevice: () => undefined,
        onPrepared: options.onProgress,
        onStep: () => undefined,
        onEpoch: options.onEpoch,
        onNote: () => undefined,
        onPaused: () => undefined,
      },
    });
    return { modelId: id, history: result.history };
  }
}

/**
 * What an interrupted report left of a variant; that of another list, size or recipe is taken away. Folders that this report did not begin are never touched:
 * training refuses to overwrite them.
 */
async function begin(out: string, key: string): Promise<{ trained: boolean; measured: Variant2016 | null }> {
  const before = await readFile(`${out}${BEGUN}`, 'utf8').catch(() => null);
  if (before !== null && before !== key) {
    for (const left of [out, `${out}.work`, `${out}${MEASURED}`]) await rm(left, { recursive: true, force: true });
  }
  if (before !== key) await writeFileDurably(`${out}${BEGUN}`, Buffer.from(key));
  const measured = before === key ? await readFile(`${out}${MEASURED}`, 'utf8').catch(() => null) : null;
  return {
    trained: before === key && (await exists(out)),
    measured: measured === null ? null : (JSON.parse(measured) as Variant2016),
  };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Each variant is the shipped recipe with parts switched off. */
async function recipeOf(name: Variant2016['name'], { resourcesFolder, allLayers }: Report2016Options): Promise<Recipe> {
  if (name === 'netra') {
    const ours = await readRecipe(allLayers ? 'netra-1' : 'netra-head', resourcesFolder);
    const stages = ours.stages.map((stage) => ({ ...stage, sizePx: SIZE_PX }));
    return { ...ours, name: 'netra-2016-data', stages, drawsPerEpoch: 1000, ...(!allLayers && { views: VIEWS }) };
  }
  const written = await readRecipe('julia-2016', resourcesFolder);
  const onHead: Recipe = allLayers
    ? written
    : {
        ...written,
        // The head learns in minutes: larger steps, and no file for each epoch.
        batchSize: 64,
        keepEveryEpoch: undefined,
        views: name === 'weighted-softmax' ? 1 : VIEWS,
        stages: written.stages.map((stage) => ({ ...stage, epochs: 12, trained: 'head' })),
      };
  if (name === 'balanced-augmented') return { ...onHead, drawsPerEpoch: 1000 };
  const { halfTurn: _halfTurn, ...still } = onHead.augmentation;
  const { validation: _validation, ...rest } = onHead;
  return {
    ...rest,
    name: 'julia-2016-weighted',
    drawsPerEpoch: 1000,
    sampling: { ...onHead.sampling, draw: 'natural' },
    augmentation: { ...still, noise: { chance: 0, sigma: 1 } },
  };
}

/** Two hundred healthy for every three infected, of training and kept-back patients alike. */
function thinned(open: readonly LabelledFile[], healthyWanted: number): LabelledFile[] {
  const healthy = inHashOrder(open.filter((file) => !file.referable)).slice(0, healthyWanted);
  const wanted = Math.round(healthy.length * RATIO);
  const infected = inHashOrder(open.filter((file) => file.referable));
  const held = infected.filter((file) => isHeldBack(file.patient, 0.15)).slice(0, Math.max(1, Math.round(wanted * 0.15)));
  const others = infected.filter((file) => !isHeldBack(file.patient, 0.15)).slice(0, wanted - held.length);
  if (held.length === 0 || others.length === 0) throw new AppError('training-set-too-small', { part: 'training' });
  return [...healthy, ...held, ...others];
}

/** An order that has nothing to do with the list's. */
function inHashOrder(files: readonly LabelledFile[]): LabelledFile[] {
  const key = (file: LabelledFile): string => `${String(foldOf(`${file.patient} ${file.file}`, 100)).padStart(2, '0')} ${file.file}`;
  return [...files].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** @returns what was written */
async function writeList(path: string, files: readonly LabelledFile[]): Promise<string> {
  const rows = files.map(({ file, patient, source, grade, referable }) => [file, patient, source, grade ?? '', referable ? 1 : 0]);
  const text = stringify([['file', 'patient', 'source', 'grade', 'referable'], ...rows]);
  await writeFile(path, text);
  return text;
}
