import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { join } from 'node:path';
import { CARD_FORMAT, cardSchema, type CardContent, type ModelCard } from '../../shared/domain/card';
import type { BundleFiles } from '../protocol';
import type { Graph, Weights } from '../network/graph';
import { serialiseNetwork } from '../network/layers-topology';
import { writeOnnx } from '../network/onnx-writer';
import { bundleId, sealOf, sha256, type BundleFile } from './files';
import { writeDurably } from './write-durably';

export const GENERATED_BY = 'netra';

/**
 * A bundle in memory: the network in both forms, the card with its hashes and seal.
 *
 * @param weights already rounded to float16 (everything in the card must have been measured on them so)
 */
export function buildBundle(graph: Graph, weights: Weights, content: CardContent): { files: BundleFiles; card: ModelCard } {
  const network = serialiseNetwork(graph, weights, GENERATED_BY);
  const onnx = content.head === null ? null : writeOnnx(graph, weights, GENERATED_BY);
  const parts = new Map<BundleFile, Uint8Array>([
    ['model.json', network.modelJson],
    ['weights.bin', network.weights],
  ]);
  if (onnx !== null) parts.set('model.onnx', onnx);
  return sealBundle(parts, content);
}

/** The same parts under a card with other words or figures (after calibration, say). */
export function withCard(files: BundleFiles, content: CardContent): { files: BundleFiles; card: ModelCard } {
  const parts = new Map<BundleFile, Uint8Array>([
    ['model.json', files.modelJson],
    ['weights.bin', files.weights],
  ]);
  if (files.onnx !== null) parts.set('model.onnx', files.onnx);
  return sealBundle(parts, content);
}

function sealBundle(parts: ReadonlyMap<BundleFile, Uint8Array>, content: CardContent): { files: BundleFiles; card: ModelCard } {
  const hashes = new Map([...parts].map(([name, bytes]): [string, string] => [name, sha256(bytes)]));
  const unsealed = { format: CARD_FORMAT, ...content, files: Object.fromEntries(hashes) };
  const card = cardSchema.parse({ ...unsealed, seal: sealOf(unsealed) });
  // Written in the order in which the seal was taken.
  const cardBytes = new TextEncoder().encode(`${JSON.stringify({ ...unsealed, seal: card.seal }, null, 2)}\n`);
  hashes.set('card.json', sha256(cardBytes));
  const [modelJson, weights] = [parts.get('model.json'), parts.get('weights.bin')];
  if (modelJson === undefined || weights === undefined) throw new Error('a bundle without its network');
  return { files: { id: bundleId(hashes), modelJson, weights, onnx: parts.get('model.onnx') ?? null, card: cardBytes }, card };
}

/** Writes the folder under a temporary name and renames it: it is there whole or not at all. An existing bundle of that name is replaced. */
export async function writeBundle(folder: string, files: BundleFiles): Promise<void> {
  const temporary = `${folder}.writing`;
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await writeDurably(join(temporary, 'model.json'), files.modelJson);
  await writeDurably(join(temporary, 'weights.bin'), files.weights);
  if (files.onnx !== null) await writeDurably(join(temporary, 'model.onnx'), files.onnx);
  await writeDurably(join(temporary, 'card.json'), files.card);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await rename(temporary, folder);
}
