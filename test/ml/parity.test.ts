import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBundle } from '../../electron/engine/bundle/read';
import { locateRetina, squareOf, toNetworkInput } from '../../electron/engine/images/preprocess';
import type { PredictionResult } from '../../electron/engine/protocol';
import { loadModel } from '../../electron/engine/screening/model';
import { testPattern } from '../../electron/engine/screening/check';
import { BACKENDS } from '../../electron/shared/domain/codes';
import { photoTest } from '../helpers/photos';

const STARTER = resolve(import.meta.dirname, '../../resources/models/starter');
/** Of probabilities: what the issue asks of the three backends. */
const TOLERANCE = 1e-3;
/** Of the heat map's mean against the raw logit. */
const MAP_TOLERANCE = 1e-4;

async function predictOnAll(inputs: readonly Float32Array[]): Promise<PredictionResult[][]> {
  const { files } = await readBundle(STARTER);
  const results: PredictionResult[][] = [];
  for (const name of BACKENDS) {
    const model = await loadModel(files, name, 1);
    const predictions: PredictionResult[] = [];
    for (const input of inputs) predictions.push(await model.predict(input));
    model.backend.dispose();
    results.push(predictions);
  }
  return results;
}

function expectParity([reference = [], ...others]: PredictionResult[][]): void {
  for (const predictions of [reference, ...others]) {
    for (const [i, { p, logits, heatMap }] of predictions.entries()) {
      for (const [k, value] of p.entries()) expect(Math.abs(value - (reference[i]?.p[k] ?? NaN))).toBeLessThan(TOLERANCE);
      const mean = heatMap.values.reduce((sum, value) => sum + value, 0) / heatMap.values.length;
      expect(Math.abs(mean - (logits[1] ?? NaN))).toBeLessThan(MAP_TOLERANCE);
    }
  }
}

describe('the starter model', () => {
  it('gives the same probabilities on onnx, tensorflow and wasm, and heat maps that add up to the logit', async () => {
    const pattern = testPattern((await readBundle(STARTER)).card.inputSizePx);
    expectParity(await predictOnAll([pattern, pattern.map((value) => -value), new Float32Array(pattern.length)]));
  });

  photoTest(
    'agrees on all three backends on real photographs within 1e-3',
    ['eyepacs', 'aptos', 'idrid', 'odir', 'fullres'],
    async (...folders) => {
      const { inputSizePx } = (await readBundle(STARTER)).card;
      const inputs: Float32Array[] = [];
      for (const folder of folders) {
        const names = (await readdir(folder)).filter((name) => /\.(jpe?g|png)$/i.test(name)).sort();
        for (const name of names.slice(0, 4)) {
          const located = await locateRetina(await readFile(join(folder, name)));
          inputs.push(toNetworkInput(squareOf(located, inputSizePx)));
        }
      }
      expect(inputs).toHaveLength(20);
      const results = await predictOnAll(inputs);
      expectParity(results);
      // A constant would agree too.
      const scores = (results[0] ?? []).map(({ p }) => p[1]);
      expect(Math.max(...scores) - Math.min(...scores)).toBeGreaterThan(0.2);
    },
  );
});
