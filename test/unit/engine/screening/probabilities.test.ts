import { describe, expect, it } from 'vitest';
import { gradeProbabilities } from '../../../../electron/engine/screening/probabilities';

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

describe('probabilities of the grades', () => {
  it('are the sigmoids of a cumulative head', () => {
    const p = gradeProbabilities('cumulative-4', [0.9, 0.6, 0.3, 0.1].map(logit), 1);
    [0.9, 0.6, 0.3, 0.1].forEach((expected, i) => expect(p[i]).toBeCloseTo(expected, 12));
  });

  it('never rise with the grade: each is the running minimum', () => {
    const p = gradeProbabilities('cumulative-4', [0.4, 0.6, 0.1, 0.3].map(logit), 1);
    [0.4, 0.4, 0.1, 0.1].forEach((expected, i) => expect(p[i]).toBeCloseTo(expected, 12));
  });

  it('are calibrated by the temperature', () => {
    expect(gradeProbabilities('cumulative-4', [2, 2, 2, 2], 2)[1]).toBeCloseTo(1 / (1 + Math.exp(-1)), 12);
  });

  it('know only the second grade with a softmax head', () => {
    const [p1, p2, p3, p4] = gradeProbabilities('softmax-2', [1, 3], 1);
    expect(p2).toBeCloseTo(Math.exp(3) / (Math.exp(1) + Math.exp(3)), 12);
    expect([p1, p3, p4]).toEqual([NaN, NaN, NaN]);
  });
});
