import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { z } from 'zod';
import { startingNetwork } from '../../engine/bundle/learnt-elsewhere';
import { readBundle } from '../../engine/bundle/read';
import type { SpawnTraining } from '../../engine/client/spawn-training';
import type { TrainingImageFacts } from '../../engine/client/training-protocol';
import { toStorageError } from '../../db/storage-error';
import type { Actor } from '../../shared/domain/codes';
import type { Recipe } from '../../shared/domain/recipe';
import { AppError, toAppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { recipeFor, requireBothClasses } from './train';
import type { TrainingSet } from './training-set';

export interface ExportTrainingOptions {
  gather: (recipe: Recipe) => Promise<TrainingSet>;
  recipe: string;
  /** Folder of the model to go on from; null for the ImageNet backbone. */
  from: string | null;
  seed: number;
  out: string;
  resourcesFolder: string;
  spawn: SpawnTraining;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);
const exportSchema = z.strictObject({
  format: z.literal('netra-export-1'),
  recipe: z.string().max(60),
  seed: z.number().int(),
  sizePx: z.number().int(),
  manifestSha256: sha256Schema,
  /** Model id that the weights came from. */
  initial: sha256Schema,
});
/** What `import-model` checks when the result comes back. */
export type ExportFacts = z.infer<typeof exportSchema>;

/** @throws AppError path-not-found, bundle-foreign */
export async function readExport(folder: string): Promise<ExportFacts> {
  const path = join(folder, 'export.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new AppError('path-not-found', { path }, error);
  });
  try {
    return exportSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new AppError('bundle-foreign', { detail: 'export.json is not one of ours' }, error);
  }
}

const PARTS = ['training', 'calibration'] as const;

/**
 * A training as a folder that needs nothing of Netra: the photographs as the network gets them (no file name, no patient), labels, recipe, initial
 * weights and a Python script for Keras under Ray Train. Pictures in it are not encrypted: whoever carries it answers for it.
 *
 * @throws AppError model-exists, and what `train` throws before its first step
 */
export async function exportTraining(actor: Actor, options: ExportTrainingOptions): Promise<ExportFacts> {
  requireRole(actor, 'admin');
  const recipe = await recipeFor({ ...options, epochs: null });
  const initial = await readBundle(options.from ?? join(options.resourcesFolder, 'models', 'imagenet-lite0'));
  const exists = await stat(options.out).then(
    () => true,
    () => false,
  );
  if (exists) throw new AppError('model-exists', { path: options.out });
  const set = await options.gather(recipe);
  requireBothClasses(set, recipe);
  const sizePx = recipe.stages.at(-1)?.sizePx ?? 0;
  const folder = `${options.out}.writing`;
  const facts: ExportFacts = {
    format: 'netra-export-1',
    recipe: recipe.name,
    seed: options.seed,
    sizePx,
    manifestSha256: set.manifestSha256,
    initial: initial.files.id,
  };
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const { network, tensors } = startingNetwork(initial.files, recipe, options.seed);
    await writeFile(join(folder, 'network.json'), network);
    await writeFile(join(folder, 'initial.safetensors'), tensors);
    await writeFile(join(folder, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`);
    await writeFile(join(folder, 'manifest.txt'), set.manifest);
    for (const part of PARTS) await writePart(folder, part, set, sizePx, options);
    await writeFile(join(folder, 'export.json'), `${JSON.stringify(facts, null, 2)}\n`);
    for (const name of ['train.py', 'requirements.txt', 'READ-ME.txt'])
      await writeFile(join(folder, name), await readFile(join(options.resourcesFolder, 'training-export', name)));
    await rename(folder, options.out);
  } catch (thrown) {
    await rm(folder, { recursive: true, force: true });
    throw toStorageError(thrown);
  }
  return facts;
}

/** Pixels as one NumPy array of bytes, labels beside it in the same order. */
async function writePart(
  folder: string,
  part: TrainingImageFacts['part'],
  set: TrainingSet,
  sizePx: number,
  { spawn, signal, onProgress }: ExportTrainingOptions,
): Promise<void> {
  const wanted = set.images.filter((image) => image.part === part);
  const facts = new Map(wanted.map((image) => [image.sha256, image]));
  const pixelBytes = sizePx * sizePx * 3;
  const raw = join(folder, `${part}.raw`);
  const stream = createWriteStream(raw);
  const written: TrainingImageFacts[] = [];
  await cut(
    wanted.map(({ sha256 }) => sha256),
    (sha256, pixels) => {
      const image = facts.get(sha256);
      if (pixels !== null && image !== undefined && pixels.length === pixelBytes) {
        stream.write(pixels);
        written.push(image);
      }
    },
  );
  stream.end();
  await finished(stream);
  await prependHeader(raw, join(folder, `${part}.npy`), [written.length, sizePx, sizePx, 3]);
  const labels = written.map(({ sha256, source, grade, referable, certainty }) => ({ sha256, source, grade, referable, certainty }));
  await writeFile(join(folder, `${part}.json`), `${JSON.stringify(labels)}\n`);

  function cut(sha256: string[], onSquare: (sha256: string, pixels: Uint8Array | null) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const process = spawn({ cpuOnly: true });
      let done = 0;
      const end = (finish: () => void): void => {
        signal.removeEventListener('abort', cancel);
        finish();
        process.kill();
      };
      const cancel = (): void => end(() => reject(new AppError('cancelled')));
      signal.addEventListener('abort', cancel, { once: true });
      process.onExit(() => reject(new AppError('engine-crashed')));
      process.onMessage((message) => {
        if (message.kind === 'ready') process.send({ kind: 'cut', sha256, sizePx, pixelThreads: availableParallelism() });
        else if (message.kind === 'want-image') {
          set.read(message.sha256).then(
            (bytes) => process.send({ kind: 'image', sha256: message.sha256, bytes }),
            (thrown: unknown) => process.send({ kind: 'image-failed', sha256: message.sha256, error: toAppError(thrown).toData() }),
          );
        } else if (message.kind === 'square') {
          onSquare(message.sha256, message.pixels);
          onProgress(++done, sha256.length);
        } else if (message.kind === 'cut') end(resolve);
      });
      if (signal.aborted) cancel();
    });
  }
}

/** NumPy's file format, version 1.0 (numpy/lib/format.py): magic, version, length of the header, header, data. */
async function prependHeader(raw: string, file: string, shape: readonly number[]): Promise<void> {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const header = Buffer.alloc(10 + length, ' ');
  header.write('\x93NUMPY\x01\x00', 0, 'latin1');
  header.writeUInt16LE(length, 8);
  header.write(text, 10, 'latin1');
  header.write('\n', 10 + length - 1, 'latin1');
  const out = createWriteStream(file);
  out.write(header);
  createReadStream(raw).pipe(out);
  await finished(out);
  await rm(raw);
}
