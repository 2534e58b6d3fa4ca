import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { readBundle } from '../../engine/bundle/read';
import { sha256 } from '../../engine/bundle/files';
import { withCard, writeBundle } from '../../engine/bundle/write';
import type { TrainingTransport } from '../../engine/client/spawn-training';
import type { EpochFacts, StepFacts, TrainingInput, TrainingResult } from '../../engine/client/training-protocol';
import { writeFileDurably } from '../../db/profile/durable-file';
import { toStorageError } from '../../db/storage-error';
import type { CardContent } from '../../shared/domain/card';
import type { Actor } from '../../shared/domain/codes';
import { AppError, toAppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { readFileOnce } from '../read-file';
import { calibrate } from './calibrate';
import { readRecipe, withEpochs } from './recipes';
import { gatherTrainingSet, readLabelList, type TrainingSet } from './training-set';

export interface TrainOptions {
  /** The list of labelled photographs. */
  data: string;
  /** Folder that `file` is relative to; the list's own where null. */
  images: string | null;
  /** Name of a shipped recipe, or a file. */
  recipe: string;
  /** Folder of the model to go on from; null for the ImageNet backbone. */
  from: string | null;
  /** Folder of the finished bundle; `<out>.work` holds the checkpoint. */
  out: string;
  epochs: number | null;
  resume: boolean;
  seed: number;
  /** As typed, for the card. */
  command: string;
  resourcesFolder: string;
  spawn: () => TrainingTransport;
  signal: AbortSignal;
  hooks: TrainHooks;
}

export interface TrainHooks {
  onFiles: (done: number, total: number) => void;
  onSet: (set: TrainingSet) => void;
  onDevice: (device: string) => void;
  onStep: (facts: StepFacts) => void;
  onEpoch: (facts: EpochFacts) => void;
}

export interface TrainedModel {
  folder: string;
  id: string;
  content: CardContent;
  result: TrainingResult;
}

const CHECKPOINT = 'checkpoint.bin';

/**
 * Trains a model on a list of photographs and writes its bundle.
 * @throws AppError path-not-found, label-list-invalid, recipe-invalid, training-set-too-small, checkpoint-missing, checkpoint-foreign, model-exists,
 *   backend-unavailable, engine-crashed, disk-full, cancelled
 */
export async function train(actor: Actor, options: TrainOptions): Promise<TrainedModel> {
  requireRole(actor, 'admin');
  const shipped = await readRecipe(options.recipe, options.resourcesFolder);
  const recipe = options.epochs === null ? shipped : withEpochs(shipped, options.epochs);
  const initialFolder = options.from ?? join(options.resourcesFolder, 'models', 'imagenet-lite0');
  const initial = await readBundle(initialFolder);
  const work = `${options.out}.work`;
  const checkpointFile = join(work, CHECKPOINT);
  const checkpoint = options.resume ? await readCheckpoint(checkpointFile) : null;

  // A finished model is never overwritten, and nobody should learn that at the end of a night.
  if (await exists(options.out)) throw new AppError('model-exists', { path: options.out });
  const list = await readLabelList(options.data);
  const set = await gatherTrainingSet(list, options.images ?? dirname(options.data), recipe.calibrationShare, options.hooks.onFiles);
  options.hooks.onSet(set);
  for (const part of ['training', 'calibration'] as const) {
    const of = set.images.filter((image) => image.part === part);
    if (!of.some((image) => image.referable) || of.every((image) => image.referable))
      throw new AppError('training-set-too-small', { part });
  }
  await mkdir(work, { recursive: true });
  // Proves later, against the hash in the card, on which photographs the model was trained.
  await writeFileDurably(join(work, 'manifest.txt'), set.manifest);

  const result = await runProcess(
    options,
    set,
    {
      recipe,
      seed: options.seed,
      images: set.images,
      initial: initial.files,
      checkpoint,
      graphFolder: join(options.resourcesFolder, 'training-graph'),
      pixelThreads: Math.max(1, availableParallelism() - 1),
      cacheBytes: Math.floor(totalmem() * 0.3),
    },
    checkpointFile,
    work,
  );

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

function runProcess(
  options: TrainOptions,
  set: TrainingSet,
  input: TrainingInput,
  checkpointFile: string,
  work: string,
): Promise<TrainingResult> {
  return new Promise((resolve, reject) => {
    const process = options.spawn();
    let settled = false;
    function end(finish: () => void): void {
      if (settled) return;
      settled = true;
      options.signal.removeEventListener('abort', cancel);
      finish();
      process.kill();
    }
    function cancel(): void {
      end(() => reject(new AppError('cancelled')));
    }
    options.signal.addEventListener('abort', cancel, { once: true });
    process.onExit(() => end(() => reject(new AppError('engine-crashed'))));
    process.onMessage((message) => {
      switch (message.kind) {
        case 'ready':
          process.send({ kind: 'start', input });
          return;
        case 'device':
          options.hooks.onDevice(message.device);
          return;
        case 'want-image':
          void answerImage(message.sha256);
          return;
        case 'step':
          options.hooks.onStep(message.facts);
          return;
        case 'epoch':
          void store(message.facts, message.checkpoint);
          return;
        case 'finished':
          end(() => resolve(message.result));
          return;
        case 'failed':
          end(() => reject(new AppError(message.error.code, message.error.params)));
      }
    });
    if (options.signal.aborted) cancel();

    async function answerImage(hash: string): Promise<void> {
      try {
        const { bytes, sha256: now } = await readFileOnce(Buffer.from(set.pathOf.get(hash) ?? ''));
        // A file that was changed since the list was read is another photograph under this label.
        if (now !== hash) throw new AppError('image-vanished');
        process.send({ kind: 'image', sha256: hash, bytes });
      } catch (thrown) {
        process.send({ kind: 'image-failed', sha256: hash, error: toAppError(thrown).toData() });
      }
    }

    async function store(facts: EpochFacts, bytes: Uint8Array): Promise<void> {
      try {
        await writeFileDurably(checkpointFile, bytes);
        await writeFile(join(work, 'epochs.jsonl'), `${JSON.stringify(facts)}\n`, { flag: facts.epoch === 1 ? 'w' : 'a' });
        options.hooks.onEpoch(facts);
        process.send({ kind: 'stored' });
      } catch (thrown) {
        // The last checkpoint is whole; this one had no room.
        process.send({ kind: 'store-failed', error: toAppError(thrown).toData() });
      }
    }
  });
}
