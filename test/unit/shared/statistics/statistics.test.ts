import { describe, expect, it } from 'vitest';
import { auc, compareAucs } from '../../../../electron/shared/statistics/auc';
import {
  brier,
  calibrationError,
  fitTemperature,
  interceptFor,
  likeliestTemperature,
  logLoss,
  reliability,
} from '../../../../electron/shared/statistics/calibration';
import { clopperPearson, wilson } from '../../../../electron/shared/statistics/intervals';
import { confusionMatrix, quadraticKappa } from '../../../../electron/shared/statistics/kappa';
import {
  atPrevalence,
  atThreshold,
  thresholdForSensitivity,
  thresholdForSpecificity,
} from '../../../../electron/shared/statistics/operating-points';

function booleans(digits: string): boolean[] {
  return [...digits].map((digit) => digit === '1');
}

describe('the area under the ROC curve with DeLong', () => {
  it('gives the values of the four-image and ten-image examples', () => {
    expect(auc([0.1, 0.4, 0.35, 0.8], booleans('0011'))).toMatchObject({ value: 0.75, variance: 0.125 });
    const ten = auc([0.1, 0.2, 0.2, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.9], booleans('0010010111'));
    expect(ten?.value).toBeCloseTo(0.82, 10);
    expect(ten?.variance).toBeCloseTo(0.0228, 10);
  });

  it('gives the standard error of Hanley and McNeil 1982 by DeLong', () => {
    const repeat = (counts: number[]): number[] => counts.flatMap((count, rating) => Array.from({ length: count }, () => rating));
    const normal = repeat([33, 6, 6, 11, 2]);
    const abnormal = repeat([3, 2, 2, 11, 33]);
    const result = auc([...normal, ...abnormal], [...normal.map(() => false), ...abnormal.map(() => true)]);
    expect(result?.value).toBeCloseTo(0.8931711, 7);
    expect(Math.sqrt(result?.variance ?? 0)).toBeCloseTo(0.0307244, 7);
  });

  it('gives pROC’s values on its aneurysm data, single and paired', () => {
    const outcome = booleans(
      '00001101001011001011101000000000100110110000000001100010001010011101101111000110100000010000000000001111110001000',
    );
    const wfns = [
      ...'11113254125255125225211112121134214541425511241125521251222151125214524414121421232421451154221113125225552445111',
    ].map(Number);
    const s100b =
      '.13 .14 .1 .04 .13 .1 .47 .16 .18 .1 .12 .1 .44 .71 .04 .08 .49 .04 .07 .33 .09 .09 .07 .11 .07 .17 .07 .11 .13 .19 .05 .16 .41 .14 .34 .35 .48 .09 .96 .25 .5 .46 .16 .07 .43 .45 .11 .08 .09 .86 .52 .08 .06 .13 2.07 .1 .14 .15 .07 .06 .77 .05 .09 .3 .03 .09 .04 .23 .7 .09 .27 .71 .08 .26 .08 .16 .09 .13 .1 .08 .11 .33 .11 .28 .07 .1 .32 .22 .07 .05 .24 .38 .1 .15 .08 .14 .1 .07 .04 .19 .56 .14 .58 .32 .82 .74 .15 .47 .17 .44 .15 .5 .48'
        .split(' ')
        .map(Number);
    const first = auc(wfns, outcome);
    expect(first?.value).toBeCloseTo(0.8236788618, 9);
    expect(first?.variance).toBeCloseTo(0.00146991470882363, 12);
    expect(first?.low).toBeCloseTo(0.7485349, 6);
    expect(first?.high).toBeCloseTo(0.8988228, 6);
    const second = auc(s100b, outcome);
    expect(second?.value).toBeCloseTo(0.7313685637, 9);
    expect(second?.variance).toBeCloseTo(0.00266868245717244, 12);
    expect(compareAucs(wfns, s100b, outcome)?.z).toBeCloseTo(2.20898359144091, 9);
  });

  it('is unknown where one class is empty', () => {
    expect(auc([0.1, 0.2], [true, true])).toBeNull();
  });
});

describe('intervals of a share', () => {
  it.each([
    [81, 263, 0.255289, 0.36621, 0.252737, 0.367622],
    [15, 148, 0.062386, 0.160487, 0.057844, 0.16165],
    [0, 20, 0, 0.161125, 0, 0.168433],
    [1, 29, 0.006113, 0.171755, 0.000873, 0.177644],
    [29, 29, 0.88303, 1, 0.880555, 1],
    [45, 50, 0.786398, 0.956524, 0.781865, 0.966725],
    [270, 300, 0.860834, 0.929052, 0.860327, 0.931508],
  ])('of %i in %i are Newcombe’s (1998) and the exact ones', (k, n, low, high, exactLow, exactHigh) => {
    expect(wilson(k, n).low).toBeCloseTo(low, 5);
    expect(wilson(k, n).high).toBeCloseTo(high, 5);
    expect(clopperPearson(k, n).low).toBeCloseTo(exactLow, 5);
    expect(clopperPearson(k, n).high).toBeCloseTo(exactHigh, 5);
  });

  it('say how little three of three prove', () => {
    expect(clopperPearson(3, 3).low).toBeCloseTo(0.2924, 4);
  });
});

describe('quadratic weighted kappa', () => {
  it('gives the value of the five-grade table', () => {
    const table = [
      [60, 5, 2, 0, 0],
      [6, 10, 5, 0, 0],
      [3, 6, 30, 4, 1],
      [0, 0, 4, 6, 2],
      [0, 0, 2, 3, 8],
    ];
    expect(quadraticKappa(table)?.value).toBeCloseTo(0.8716929, 7);
  });

  it('gives the SAS example with its standard error', () => {
    const kappa = quadraticKappa([
      [0, 4, 1],
      [0, 8, 0],
      [0, 1, 5],
    ]);
    expect(kappa?.value).toBeCloseTo(0.4501608, 7);
    expect(kappa?.standardError).toBeCloseTo(0.1922327, 6);
  });

  it('keeps a class that nobody used in the scale', () => {
    expect(confusionMatrix([0, 4], [0, 3], 5)).toHaveLength(5);
    expect(quadraticKappa(confusionMatrix([1, 2, 3, 1, 2, 2, 3], [1, 2, 3, 1, 2, 3, 2], 5))?.value).toBeCloseTo(0.75, 10);
  });
});

describe('calibration', () => {
  const probabilities = [0.05, 0.15, 0.22, 0.35, 0.38, 0.45, 0.55, 0.62, 0.78, 0.95];
  const outcomes = booleans('0010101111');

  it('measures the error over five bins and Brier’s score', () => {
    expect(calibrationError(reliability(probabilities, outcomes, 5))).toBeCloseTo(0.19, 10);
    expect(brier(probabilities, outcomes)).toBeCloseTo(0.17406, 10);
  });

  it('finds the likeliest temperature', () => {
    const logits = [-3, -2, -1, -0.5, 0.5, 1, 2, 4];
    const positive = booleans('00101011');
    expect(likeliestTemperature(logits, positive)).toBeCloseTo(1.19791, 4);
    expect(logLoss(logits, positive)).toBeCloseTo(0.4869088, 7);
    expect(logLoss(logits, positive, 1.19791)).toBeCloseTo(0.4826389, 7);
  });

  it('shifts logits learnt on evenly drawn classes to the share of positives there is', () => {
    // Logits that are right at one half; one in ten is positive: the shift is the log-odds of a tenth, whatever the spread.
    const rare = Array.from({ length: 100 }, (_, index) => index < 10);
    expect(
      interceptFor(
        rare.map(() => 0),
        rare,
      ),
    ).toBeCloseTo(Math.log(0.1 / 0.9), 6);
    expect(interceptFor([1, 2], [true, true])).toBe(0);
  });

  it('falls back to 1 where the gain is not significant', () => {
    expect(fitTemperature([-3, -2, -1, -0.5, 0.5, 1, 2, 4], booleans('00101011'))).toBe(1);
  });
});

describe('operating points', () => {
  const scores = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];
  const positive = booleans('0000101111');

  it('take the highest threshold that still reaches the sensitivity', () => {
    expect(thresholdForSensitivity(scores, positive, 0.8)).toBe(0.7);
    expect(thresholdForSensitivity(scores, positive, 0.9)).toBe(0.5);
    expect(atThreshold(scores, positive, 0.7).sensitivity?.value).toBe(0.8);
  });

  it('take the lowest threshold that keeps the specificity', () => {
    expect(thresholdForSpecificity(scores, positive, 0.8)).toBe(0.5);
    expect(atThreshold(scores, positive, 0.5).specificity?.value).toBe(0.8);
    expect(thresholdForSpecificity(scores, positive, 1)).toBe(0.7);
  });

  it('say what they come to among few diseased', () => {
    const camp = atPrevalence(0.9, 0.8, 0.04);
    expect(camp.referralsPer100).toBeCloseTo(22.8, 10);
    expect(camp.positivePredictive).toBeCloseTo(0.036 / 0.228, 10);
  });
});
