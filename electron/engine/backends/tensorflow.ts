import { createRequire } from 'node:module';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Backend } from './backend';
import type { BackendInput } from './load';
import { TfjsExecutor } from './tfjs-executor';

type TfNode = typeof tfjs & { version: { 'tfjs-node'?: string } };
interface NodeBackend {
  isUsingGpuDevice: boolean;
  binding: { TF_Version: string };
}

/** tfjs-node 4.22.0 calls two functions that Node 23 removed (tensorflow/tfjs#8609); the fix was merged and never released. */
function restoreRemovedUtilities(): void {
  const target = util as unknown as Record<string, unknown>;
  target['isNullOrUndefined'] ??= (value: unknown) => value === null || value === undefined;
  target['isArray'] ??= Array.isArray;
}

/** The addon and its tfjs namespace; also what training runs on. */
export function requireTensorflow(): TfNode {
  restoreRemovedUtilities();
  const require = createRequire(import.meta.url);
  // macOS has no GPU build; there the package of the same interface is tfjs-node.
  return require(process.platform === 'darwin' ? '@tensorflow/tfjs-node' : '@tensorflow/tfjs-node-gpu') as TfNode;
}

/** TensorFlow through tfjs-node-gpu: CUDA when there is one, else its CPU kernels, and the device text says which. */
export async function loadTensorflow({ network }: BackendInput): Promise<Backend> {
  const tf = requireTensorflow();
  await tf.setBackend('tensorflow');
  await tf.ready();
  const backend = tf.backend() as unknown as NodeBackend;
  const executor = new TfjsExecutor(tf, network.graph, network.weights);
  return {
    name: 'tensorflow',
    // libtensorflow takes its threads from the machine; tfjs-node has no way to say how many.
    device: `TensorFlow ${backend.binding.TF_Version}, ${backend.isUsingGpuDevice ? 'GPU' : 'CPU'}`,
    forward: (images, n) => executor.forward(images, n),
    dispose: () => executor.dispose(),
  };
}
