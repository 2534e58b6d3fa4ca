import ort from 'onnxruntime-node';
import { ONNX_NAMES } from '../network/onnx-names';
import type { Backend, Forward } from './backend';
import type { BackendInput } from './load';

/** onnxruntime-node on the CPU: the fast path of a clinic laptop. The image goes in as it is; the file transposes it. */
export async function loadOnnx({ network, onnx, threads, inputSizePx }: BackendInput): Promise<Backend> {
  if (onnx === null) throw new Error('the bundle has no ONNX file');
  const session = await ort.InferenceSession.create(onnx, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // Warnings name initialisers that the optimiser has removed: of no use to anybody.
    logSeverityLevel: 3,
  });
  const hasLogits = network.graph.logits !== null;

  async function forward(images: Float32Array, n: number): Promise<Forward> {
    const feeds = { [ONNX_NAMES.image]: new ort.Tensor('float32', images, [n, inputSizePx, inputSizePx, 3]) };
    const outputs = await session.run(feeds);
    const featureMap = outputs[ONNX_NAMES.featureMap];
    const [, rows = 0, columns = 0, channels = 0] = featureMap?.dims ?? [];
    return {
      logits: hasLogits ? floats(outputs[ONNX_NAMES.logits]) : new Float32Array(),
      featureMap: { rows, columns, channels, values: floats(featureMap) },
      embedding: floats(outputs[ONNX_NAMES.embedding]),
    };
  }

  return {
    name: 'onnx',
    device: `onnxruntime ${ort.env.versions.node ?? ort.env.versions.common}, CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    forward,
    dispose() {
      void session.release();
    },
  };
}

function floats(tensor: ort.Tensor | undefined): Float32Array {
  if (tensor === undefined) return new Float32Array();
  return tensor.data as Float32Array;
}
