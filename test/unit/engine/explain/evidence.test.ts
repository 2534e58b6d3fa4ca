import { describe, expect, it } from 'vitest';
import { evidenceFor, evidenceMap } from '../../../../electron/engine/explain/evidence';
import { weightOf } from '../../../../electron/engine/network/graph';
import { seededValues, tinyNetwork } from '../../../helpers/tiny-model';

const ROWS = 3;
const COLUMNS = 4;
const CHANNELS = 12;
const features = seededValues(ROWS * COLUMNS * CHANNELS, 3).map((value) => value + 0.5);

function pooled(): Float32Array {
  const mean = new Float32Array(CHANNELS);
  for (let at = 0; at < features.length; at += 1) mean[at % CHANNELS] = (mean[at % CHANNELS] ?? 0) + (features[at] ?? 0) / (ROWS * COLUMNS);
  return mean;
}

function average(map: Float32Array): number {
  return map.reduce((a, b) => a + b, 0) / map.length;
}

/** inputs x kernel + bias */
function dense(inputs: ArrayLike<number>, kernel: Float32Array, bias: Float32Array): number[] {
  return [...bias].map((start, unit) =>
    Array.from(inputs).reduce((sum, value, k) => sum + value * (kernel[k * bias.length + unit] ?? 0), start),
  );
}

describe('the evidence map', () => {
  it('adds up to the raw logit of grade >= 2 with a linear head', () => {
    const { graph, weights } = tinyNetwork();
    const logits = dense(pooled(), weightOf(weights, 'head/kernel').values, weightOf(weights, 'head/bias').values);
    const map = evidenceMap(features, ROWS, COLUMNS, evidenceFor(graph, weights, pooled(), [0, 1, 0, 0]));
    expect(Math.abs(average(map) - (logits[1] ?? NaN))).toBeLessThan(1e-4);
  });

  it('adds up to the log-odds behind a hidden ReLU layer, as the 2016 head has one', () => {
    const { graph, weights } = tinyNetwork({ outputs: 2, hidden: true });
    const hidden = dense(pooled(), weightOf(weights, 'hidden/kernel').values, weightOf(weights, 'hidden/bias').values);
    // The test is void when no unit is off, or none on.
    expect(hidden.some((value) => value > 0) && hidden.some((value) => value < 0)).toBe(true);
    const logits = dense(
      hidden.map((value) => Math.max(0, value)),
      weightOf(weights, 'head/kernel').values,
      weightOf(weights, 'head/bias').values,
    );
    const map = evidenceMap(features, ROWS, COLUMNS, evidenceFor(graph, weights, pooled(), [-1, 1]));
    expect(Math.abs(average(map) - ((logits[1] ?? NaN) - (logits[0] ?? NaN)))).toBeLessThan(1e-4);
  });

  it('is large where the features that the head looks for are', () => {
    const { graph, weights } = tinyNetwork();
    const evidence = evidenceFor(graph, weights, pooled(), [0, 1, 0, 0]);
    const lit = new Float32Array(ROWS * COLUMNS * CHANNELS);
    for (let k = 0; k < CHANNELS; k += 1) lit[5 * CHANNELS + k] = Math.max(0, evidence.weights[k] ?? 0);
    const map = evidenceMap(lit, ROWS, COLUMNS, evidence);
    expect(map.indexOf(Math.max(...map))).toBe(5);
  });
});
