import type { BackendName } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { Network } from '../network/layers-topology';
import type { Backend } from './backend';

export interface BackendInput {
  network: Network;
  /** The same network as an ONNX file, where the bundle has one. */
  onnx: Uint8Array | null;
  inputSizePx: number;
  threads: number;
}

/**
 * Loads one backend, and with it its library: the others are never touched.
 *
 * @throws AppError backend-unavailable {backend, reason} when its library is missing or refuses
 */
export async function loadBackend(name: BackendName, input: BackendInput): Promise<Backend> {
  try {
    switch (name) {
      case 'onnx':
        return await (await import('./onnx')).loadOnnx(input);
      case 'tensorflow':
        return await (await import('./tensorflow')).loadTensorflow(input);
      case 'wasm':
        return await (await import('./wasm')).loadWasm(input);
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('backend-unavailable', { backend: name, reason: firstLine(error) }, error);
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? '').slice(0, 300);
}
