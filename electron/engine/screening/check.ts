import type { BackendName } from '../../shared/domain/codes';
import { toAppError } from '../../shared/errors';
import type { BackendCheck, BundleFiles } from '../protocol';
import { loadModel } from './model';

/** The fastest of so many counts: whatever else runs on the machine can only make one slower. */
const RUNS = 9;

/**
 * A picture of sums of sines, the same on every machine: what all backends must agree on.
 *
 * @returns size x size x 3, in about -1..1
 */
export function testPattern(sizePx: number): Float32Array {
  const pattern = new Float32Array(sizePx * sizePx * 3);
  let at = 0;
  for (let y = 0; y < sizePx; y += 1) {
    for (let x = 0; x < sizePx; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        pattern[at++] =
          0.5 * Math.sin((x * (channel + 2) * 9) / sizePx) * Math.cos((y * 17) / sizePx) + 0.4 * Math.sin((x * y * 31) / (sizePx * sizePx));
      }
    }
  }
  return pattern;
}

/** Loads a backend with this model, runs it, and says how fast it is or why it does not work; never throws. */
export async function checkBackend(bundle: BundleFiles, backend: BackendName, threads: number): Promise<BackendCheck> {
  try {
    const model = await loadModel(bundle, backend, threads);
    const pattern = testPattern(model.card.inputSizePx);
    const { p } = await model.predict(pattern);
    const times: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const start = performance.now();
      await model.backend.forward(pattern, 1);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    const [fastestMs = null] = times;
    const medianMs = times[(RUNS - 1) / 2] ?? null;
    const { device } = model.backend;
    model.backend.dispose();
    return { backend, works: true, device, inferenceMs: fastestMs, medianMs, probabilities: [...p], reason: null };
  } catch (thrown) {
    const error = toAppError(thrown);
    const reason = error.params['reason'] ?? error.params['detail'] ?? (error.cause instanceof Error ? error.cause.message : error.code);
    return { backend, works: false, device: null, inferenceMs: null, medianMs: null, probabilities: null, reason: String(reason) };
  }
}
