import { AppError } from '../shared/errors';
import { PREPROCESSING_VERSION } from './images/preprocess';
import type { EngineFacts, EngineRequestName, EngineRequests, ScreenedImage } from './protocol';
import { GATE_VERSION } from './quality/gate';
import { checkBackend } from './screening/check';
import { loadModel, type LoadedModel } from './screening/model';
import type { PrepareThread } from './screening/prepare-client';

export interface HandlerContext {
  /** Aborted when whoever asked no longer wants the answer. */
  signal: AbortSignal;
  progress(done: number, total: number): void;
}

/** One handler per request of the protocol: a missing one does not compile. */
export type EngineHandlers = {
  [K in EngineRequestName]: (input: EngineRequests[K]['input'], context: HandlerContext) => Promise<EngineRequests[K]['output']>;
};

export function createHandlers(preparation: PrepareThread): EngineHandlers {
  let model: LoadedModel | null = null;

  async function load(input: EngineRequests['load']['input']): Promise<EngineFacts> {
    const start = performance.now();
    const loaded = await loadModel(input.bundle, input.backend, input.threads);
    model?.backend.dispose();
    model = loaded;
    return {
      backend: loaded.backend.name,
      device: loaded.backend.device,
      modelId: loaded.id,
      preprocessing: PREPROCESSING_VERSION,
      gate: GATE_VERSION,
      readyMs: performance.now() - start,
    };
  }

  async function screen({ bytes, score = true }: EngineRequests['screen']['input'], { signal }: HandlerContext): Promise<ScreenedImage> {
    const loaded = model;
    if (loaded === null) throw new AppError('bundle-missing', { folder: '' });
    const { input, timings, ...rest } = await preparation.prepare(bytes, loaded.card.inputSizePx);
    if (signal.aborted) throw new AppError('cancelled');
    if (input === null || !score) return { ...rest, prediction: null, timings: { ...timings, inferenceMs: 0 } };
    const start = performance.now();
    const prediction = await loaded.predict(input);
    return { ...rest, prediction, timings: { ...timings, inferenceMs: performance.now() - start } };
  }

  return { load, screen, check: ({ bundle, backend, threads }) => checkBackend(bundle, backend, threads) };
}
