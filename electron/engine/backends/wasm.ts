import * as tf from '@tensorflow/tfjs-core';
import { version_wasm as version } from '@tensorflow/tfjs-backend-wasm';
import type { Backend } from './backend';
import type { BackendInput } from './load';
import { TfjsExecutor } from './tfjs-executor';

/** WebAssembly: the last resort, one thread (tfjs-backend-wasm has no threads under Node), any machine. */
export async function loadWasm({ network }: BackendInput): Promise<Backend> {
  await tf.setBackend('wasm');
  await tf.ready();
  if (tf.getBackend() !== 'wasm') throw new Error(`tfjs chose ${tf.getBackend()}`);
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  const executor = new TfjsExecutor(tf, network.graph, network.weights);
  return {
    name: 'wasm',
    device: `tfjs wasm ${version}, CPU, 1 thread${simd === true ? ', SIMD' : ''}`,
    forward: (images, n) => executor.forward(images, n),
    dispose: () => executor.dispose(),
  };
}
