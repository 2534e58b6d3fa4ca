import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { importBackbone, weightFilesOf } from '../../engine/bundle/import-backbone';
import { writeBundle } from '../../engine/bundle/write';
import { toStorageError } from '../../db/storage-error';
import type { Actor } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';

/** Larger than any network that a clinic's machine trains. */
const MAX_BYTES = 400_000_000;

export interface ImportBackboneOptions {
  /** `model.json` of a tfjs layers model; its weights lie beside it. */
  file: string;
  out: string;
  name: string;
  /** Where it comes from, in words, for the card. */
  source: string;
  licence: string;
  /** null: the model's own. */
  sizePx: number | null;
  command: string;
}

/** Makes a backbone of ours from a tfjs layers model. @returns its id @throws AppError path-not-found, model-exists, backbone-foreign, disk-full */
export async function importBackboneBundle(actor: Actor, options: ImportBackboneOptions): Promise<string> {
  requireRole(actor, 'admin');
  const exists = await stat(options.out).then(
    () => true,
    () => false,
  );
  if (exists) throw new AppError('model-exists', { path: options.out });
  const modelJson = await readLimited(options.file);
  const parts: Uint8Array[] = [];
  for (const name of weightFilesOf(modelJson)) parts.push(await readLimited(join(dirname(options.file), name)));
  const { files } = importBackbone(modelJson, parts, options.sizePx, { ...options, createdAt: new Date().toISOString().slice(0, 10) });
  await writeBundle(options.out, files).catch((thrown: unknown) => {
    throw toStorageError(thrown);
  });
  return files.id;
}

async function readLimited(path: string): Promise<Uint8Array> {
  const facts = await stat(path).catch((error: unknown) => {
    throw new AppError('path-not-found', { path }, error);
  });
  if (!facts.isFile() || facts.size > MAX_BYTES)
    throw new AppError('backbone-foreign', { detail: `${path} is not a file of a possible size` });
  return readFile(path);
}
