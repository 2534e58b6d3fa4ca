import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cardSchema, type ModelCard } from '../../shared/domain/card';
import { AppError } from '../../shared/errors';
import type { BundleFiles } from '../protocol';
import { bundleId, BUNDLE_FILES, sealOf, sha256, type BundleFile } from './files';

export interface ModelBundle {
  files: BundleFiles;
  card: ModelCard;
}

const MAX_FILE_BYTES = 300_000_000;

/**
 * Reads and verifies a model bundle. Nothing of it is trusted before its hashes agree; nothing in it is ever executed.
 *
 * @param folder the bundle's folder
 * @param expectedId id under which it was registered, if it was
 * @throws AppError bundle-missing (no folder), bundle-foreign (not a bundle of ours, or of another format),
 *   bundle-damaged (a file is missing, changed, unexpected or not what was registered)
 */
export async function readBundle(folder: string, expectedId?: string): Promise<ModelBundle> {
  const names = await listFiles(folder);
  if (!names.includes('card.json')) throw new AppError('bundle-foreign', { detail: 'card.json is missing' });
  const cardBytes = await readPart(folder, 'card.json');
  const card = readCard(cardBytes);
  const hashes = new Map<string, string>([['card.json', sha256(cardBytes)]]);
  const expected = Object.keys(card.files).sort();
  const present = names.filter((name) => name !== 'card.json').sort();
  if (expected.join('\n') !== present.join('\n'))
    throw new AppError('bundle-damaged', { detail: `files are ${present.join(', ')}; the card names ${expected.join(', ')}` });
  const parts = new Map<BundleFile, Uint8Array>();
  for (const name of BUNDLE_FILES) {
    const expectedHash = card.files[name];
    if (expectedHash === undefined) continue;
    const bytes = await readPart(folder, name);
    const hash = sha256(bytes);
    if (hash !== expectedHash) throw new AppError('bundle-damaged', { detail: `${name} has changed` });
    hashes.set(name, hash);
    parts.set(name, bytes);
  }
  if (hashes.size !== names.length) throw new AppError('bundle-foreign', { detail: 'the card names files that no bundle has' });
  const modelJson = parts.get('model.json');
  const weights = parts.get('weights.bin');
  if (modelJson === undefined || weights === undefined) throw new AppError('bundle-damaged', { detail: 'the network is missing' });
  const id = bundleId(hashes);
  if (expectedId !== undefined && id !== expectedId)
    throw new AppError('bundle-damaged', { detail: `id is ${id}, registered is ${expectedId}` });
  return { files: { id, modelJson, weights, onnx: parts.get('model.onnx') ?? null, card: cardBytes }, card };
}

/**
 * @param bytes of `card.json`
 * @throws AppError bundle-foreign for another format, bundle-damaged for a broken seal
 */
export function readCard(bytes: Uint8Array): ModelCard {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new AppError('bundle-damaged', { detail: 'card.json is not JSON' }, error);
  }
  const parsed = cardSchema.safeParse(json);
  if (!parsed.success) throw new AppError('bundle-foreign', { detail: 'card.json is not a card that this version knows' }, parsed.error);
  if (sealOf(json as Record<string, unknown>) !== parsed.data.seal)
    throw new AppError('bundle-damaged', { detail: 'card.json has changed' });
  return parsed.data;
}

async function listFiles(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw new AppError('bundle-missing', { folder }, error);
  }
}

async function readPart(folder: string, name: BundleFile): Promise<Uint8Array> {
  const path = join(folder, name);
  try {
    const facts = await lstat(path);
    if (!facts.isFile() || facts.size > MAX_FILE_BYTES)
      throw new AppError('bundle-foreign', { detail: `${name} is not a file of a possible size` });
    return await readFile(path);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('bundle-damaged', { detail: `${name} cannot be read` }, error);
  }
}
