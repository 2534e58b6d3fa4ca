import { mkdir, readFile, rm, stat } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../engine/bundle/files';
import { readBundle } from '../../engine/bundle/read';
import { withTensors } from '../../engine/bundle/learnt-elsewhere';
import { withCard, writeBundle } from '../../engine/bundle/write';
import type { SpawnTraining } from '../../engine/client/spawn-training';
import type { TrainingResult } from '../../engine/client/training-protocol';
import { writeFileDurably } from '../../db/profile/durable-file';
import { toStorageError } from '../../db/storage-error';
import type { CardContent } from '../../shared/domain/card';
import type { Actor } from '../../shared/domain/codes';
import type { Recipe } from '../../shared/domain/recipe';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { machineFacts } from '../machine';
import { programVersion } from '../program';
import { calibrate } from './calibrate';
import type { PictureCache } from './picture-cache';
import { readRecipe, withEpochs } from './recipes';
import { CHECKPOINT, fittingBatch, runTrainingProcess, type TrainingHooks, type TrainingPause } from './run-process';
import type { TrainingSet } from './training-set';

export interface TrainOptions {
  /** The photographs, once the recipe is known. */
  gather: (recipe: Recipe) => Promise<TrainingSet>;
  /** Name of a shipped recipe, or a file. */
  recipe: string;
  /** Folder of the model to go on from; null for the ImageNet backbone. */
  from: string | null;
  /** Folder of the finished bundle; `<out>.work` holds the checkpoint. */
  out: string;
  epochs: number | null;
  resume: boolean;
  seed: number;
  /** Weights that have learnt elsewhere: only checked, calibrated and written. null: trained here. */
  learnt: LearntElsewhere | null;
  /** As typed, for the card. */
  command: string;
  resourcesFolder: string;
  spawn: SpawnTraining;
  signal: AbortSignal;
  pause: TrainingPause;
  /** null: prepared pictures are never written to disk. */
  cache: PictureCache | null;
  hooks: TrainHooks;
}

export interface LearntElsewhere {
  /** A safetensors file in our layer names. */
  tensors: Uint8Array;
  /** Data set that it has learnt from, and the model that it began with. */
  manifestSha256: string;
  initial: string;
}

export interface TrainHooks extends TrainingHooks {
  onSet: (set: TrainingSet) => void;
}

export interface TrainedModel {
  folder: string;
  id: string;
  content: CardContent;
  result: TrainingResult;
}

/** The recipe with the length that was asked for. @throws AppError recipe-invalid */
export async function recipeFor({
  recipe,
  epochs,
  resourcesFolder,
}: Pick<TrainOptions, 'recipe' | 'epochs' | 'resourcesFolder'>): Promise<Recipe> {
  const shipped = await readRecipe(recipe, resourcesFolder);
  return epochs === null ? shipped : withEpochs(shipped, epochs);
}

export function planEpochCount(recipe: Recipe): number {
  return recipe.stages.reduce((sum, stage) => sum + stage.epochs, 0);
}

/** The training graphs: TensorFlow reads them itself, so in a packed program they lie beside the archive. */
export function graphFolderOf(resourcesFolder: string): string {
  return join(resourcesFolder.replace(/app\.asar(?=$|[\\/])/, 'app.asar.unpacked'), 'training-graph');
}

/**
 * Trains a model on a list of photographs and writes its bundle.
 * @throws AppError path-not-found, label-list-invalid, recipe-invalid, training-set-too-small, checkpoint-missing, checkpoint-foreign, model-exists,
 *   backend-unavailable, engine-crashed, disk-full, cancelled
 */
export async function train(actor: Actor, options: TrainOptions): Promise<TrainedModel> {
  requireRole(actor, 'admin');
  const recipe = await recipeFor(options);
  const initialFolder = options.from ?? join(options.resourcesFolder, 'models', 'imagenet-lite0');
  const initial = await readBundle(initialFolder);
  const work = `${options.out}.work`;
  const checkpointFile = join(work, CHECKPOINT);
  const checkpoint = options.resume ? await readCheckpoint(checkpointFile) : null;

  // A finished model is never overwritten, and nobody should learn that at the end of a night.
  if (await exists(options.out)) throw new AppError('model-exists', { path: options.out });
  const set = await options.gather(recipe);
  options.hooks.onSet(set);
  requireBothClasses(set, recipe);
  const { learnt } = options;
  // Thresholds are chosen, and the gate later asks, by who was trained on: another list would answer for the wrong patients.
  if (learnt !== null && (learnt.manifestSha256 !== set.manifestSha256 || learnt.initial !== initial.files.id))
    throw new AppError('training-set-differs');
  await mkdir(work, { recursive: true });
  // Proves later, against the hash in the card, on which photographs the model was trained.
  await writeFileDurably(join(work, 'manifest.txt'), set.manifest);

  let device: string | null = null;
  const result = await runTrainingProcess({
    set,
    input: {
      task: learnt === null ? 'train' : 'finish',
      recipe,
      seed: options.seed,
      images: set.images,
      initial: learnt === null ? initial.files : withTensors(initial.files, recipe, learnt.tensors),
      checkpoint,
      graphFolder: graphFolderOf(options.resourcesFolder),
      pixelThreads: Math.max(1, availableParallelism() - 1),
      cacheBytes: Math.floor(totalmem() * 0.3),
      batchSize: sayBatch(recipe, options.hooks),
      keeps: options.cache !== null,
    },
    work,
    spawn: options.spawn,
    signal: options.signal,
    pause: options.pause,
    cache: options.cache,
    readCheckpoint: () => readFile(checkpointFile).catch(() => null),
    hooks: {
      ...options.hooks,
      onDevice: (now) => {
        device = now;
        options.hooks.onDevice(now);
      },
    },
  });

  const content: CardContent = {
    name: `${recipe.name} ${new Date().toISOString().slice(0, 10)}`,
    summary: recipe.summary,
    createdAt: new Date().toISOString().slice(0, 10),
    backbone: recipe.backbone,
    inputSizePx: result.sizePx,
    normalisation: { subtract: 127, divide: 128 },
    preprocessing: result.preprocessing,
    gate: result.gate,
    head: recipe.head,
    ...calibrate(result, set.images, recipe),
    // Its reasons stay in the recipe's own file.
    recipe: JSON.stringify({ ...recipe, reasons: undefined }),
    seed: options.seed,
    dataset: { description: describe(set), manifestSha256: set.manifestSha256 },
    licence: initial.card.licence,
    initialWeights:
      options.from === null
        ? initial.card.initialWeights
        : { source: initial.card.name, licence: initial.card.licence, sha256: sha256(initial.files.weights) },
    parent: options.from === null ? null : initial.files.id,
    trainedBy: { code: programVersion(), machine: machineFacts(), device },
    commands: [...(options.from === null ? [] : initial.card.commands), options.command],
    limits: [
      'Not a medical device. A doctor reads every photograph; a result of this model may raise a patient, never clear one.',
      'Temperature, thresholds and epoch were chosen on the calibration part: figures measured on it flatter.',
      'Not validated on any site: see the evaluation on locked test patients.',
    ],
  };
  const { files } = withCard(
    { id: '', modelJson: result.modelJson, weights: result.weights, onnx: result.onnx, card: new Uint8Array() },
    content,
  );
  await writeBundle(options.out, files).catch((thrown: unknown) => {
    // The checkpoint of the last epoch is still there: with room, `--resume` only writes the bundle.
    throw toStorageError(thrown);
  });
  await rm(checkpointFile, { force: true });
  return { folder: options.out, id: files.id, content, result };
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readCheckpoint(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new AppError('checkpoint-missing', { path: file }, error);
  }
}

function describe(set: TrainingSet): string {
  const sources = [...new Set(set.images.map((image) => image.source))].sort();
  const parts = sources.map((source) => {
    const of = set.images.filter((image) => image.source === source);
    return `${source} ${of.length} (${of.filter((image) => image.referable).length} referable)`;
  });
  return `${set.counts.training} photographs trained on, ${set.counts.calibration} kept back for calibration, ${set.counts.locked} of locked test patients never opened. By source: ${parts.join(', ')}.`;
}

/** @throws AppError training-set-too-small where a part has only one class */
export function requireBothClasses(set: TrainingSet, recipe: Recipe): void {
  for (const part of recipe.folds === undefined ? (['training', 'calibration'] as const) : (['training'] as const)) {
    const of = set.images.filter((image) => image.part === part);
    if (!of.some((image) => image.referable) || of.every((image) => image.referable))
      throw new AppError('training-set-too-small', { part });
  }
}

/** The batch that fits into memory now; a smaller one than the recipe's is said. */
export function sayBatch(recipe: Recipe, { onNote }: Pick<TrainingHooks, 'onNote'>): number {
  const batch = fittingBatch(recipe);
  if (batch < recipe.batchSize) onNote({ code: 'smaller-batch', from: recipe.batchSize, to: batch });
  return batch;
}
