import type { Recipe } from '../../shared/domain/recipe';
import { AppError } from '../../shared/errors';
import { foreign, type Weight } from '../network/graph';
import { weightNames } from '../network/head';
import { dottedName } from '../network/import-weights';
import { parseNetwork, serialiseNetwork } from '../network/layers-topology';
import { readSafeTensors, writeSafeTensors } from '../network/safetensors';
import type { BundleFiles } from '../protocol';
import { GENERATED_BY } from './write';
import { initialNetwork, type InitialNetwork } from '../train/initial-weights';

/** The network that a recipe starts from, as training elsewhere needs it: layers as tfjs writes them, weights as safetensors in our layer names. */
export function startingNetwork(initial: BundleFiles, recipe: Recipe, seed: number): { network: Uint8Array; tensors: Uint8Array } {
  const { graph, weights } = networkOf(initial, recipe, seed);
  const named = new Map(weightNames(graph).map((name) => [dottedName(name), weights.get(name) as Weight]));
  return { network: serialiseNetwork(graph, weights, GENERATED_BY, 'float32').modelJson, tensors: writeSafeTensors(named) };
}

/**
 * The same network with the weights of a safetensors file: every layer's, of its shape, finite, and nothing else.
 *
 * @throws AppError bundle-foreign
 */
export function withTensors(initial: BundleFiles, recipe: Recipe, file: Uint8Array): BundleFiles {
  const { graph, weights } = networkOf(initial, recipe, 0);
  const { tensors } = readSafeTensors(file);
  const learnt = new Map(
    weightNames(graph).map((name): [string, Weight] => {
      const source = dottedName(name);
      const tensor = tensors.get(source);
      const shape = weights.get(name)?.shape ?? [];
      if (tensor === undefined) throw foreign(`tensor ${source} is missing`);
      if (tensor.shape.join() !== shape.join())
        throw foreign(`tensor ${source} is ${tensor.shape.join(' x ')}, expected ${shape.join(' x ')}`);
      if (!tensor.values.every(Number.isFinite)) throw foreign(`tensor ${source} holds values that are no numbers`);
      return [name, tensor];
    }),
  );
  if (tensors.size !== learnt.size) throw foreign('the file holds tensors that the network does not');
  const { modelJson, weights: bytes } = serialiseNetwork(graph, learnt, GENERATED_BY, 'float32');
  return { ...initial, modelJson, weights: bytes, onnx: null };
}

function networkOf(initial: BundleFiles, recipe: Recipe, seed: number): InitialNetwork {
  const sizePx = recipe.stages.at(-1)?.sizePx;
  if (sizePx === undefined) throw new AppError('internal');
  return initialNetwork(parseNetwork(initial.modelJson, initial.weights), sizePx, recipe.head, seed);
}
