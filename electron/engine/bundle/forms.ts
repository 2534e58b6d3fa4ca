import { AppError } from '../../shared/errors';
import { writeOnnx } from '../network/onnx-writer';
import { parseNetwork } from '../network/layers-topology';
import type { BundleFiles } from '../protocol';
import { GENERATED_BY } from './write';

/**
 * Proves that a bundle's two forms are one network: `model.onnx` must be, byte for byte, what we write from the weights. Whoever puts another network in
 * its place can give the card new hashes and a new seal, but not this.
 *
 * @throws AppError bundle-forms-differ, bundle-foreign
 */
export function requireOneNetwork(files: BundleFiles): void {
  const { graph, weights } = parseNetwork(files.modelJson, files.weights);
  const written = writeOnnx(graph, weights, GENERATED_BY);
  if (files.onnx === null || Buffer.compare(written, files.onnx) !== 0) throw new AppError('bundle-forms-differ', { difference: '–' });
}
