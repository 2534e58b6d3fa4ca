import { roundToHalf } from './float16';
import { foreign, type Weight, type Weights } from './graph';
import { lite0WeightShapes } from './lite0';

/**
 * Weights under our layer names with dots (`stem.kernel`, `block0.depthwise.kernel`, TensorFlow layouts) as the weights of
 * `efficientNetLite0`, rounded to float16 as they will be on disk.
 *
 * @param outputs outputs of the head; null for the backbone alone
 * @throws AppError bundle-foreign when a tensor is missing, of another shape, or not known
 */
export function importLite0Weights(tensors: ReadonlyMap<string, Weight>, outputs: number | null): Weights {
  const weights = new Map<string, Weight>();
  for (const [name, shape] of lite0WeightShapes(outputs)) {
    const source = dottedName(name);
    const tensor = tensors.get(source);
    if (tensor === undefined) throw foreign(`tensor ${source} is missing`);
    if (tensor.shape.join() !== shape.join())
      throw foreign(`tensor ${source} is ${tensor.shape.join(' x ')}, expected ${shape.join(' x ')}`);
    weights.set(name, { shape, values: roundToHalf(tensor.values) });
  }
  if (tensors.size !== weights.size) throw foreign('the file holds tensors that the network does not');
  return weights;
}

/** A weight's name in safetensors files. */
export function dottedName(name: string): string {
  return name.replace('/depthwise_kernel', '.kernel').replace('/', '.');
}
