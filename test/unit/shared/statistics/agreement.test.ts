import { describe, expect, it } from 'vitest';
import { fleissKappa, krippendorffAlpha, type Ratings } from '../../../../electron/shared/statistics/agreement';
import { bootstrapByPatient } from '../../../../electron/shared/statistics/bootstrap';
import { crowdlab } from '../../../../electron/shared/statistics/crowdlab';
import { confidentLearning, rankBySuspicion } from '../../../../electron/shared/statistics/confident-learning';
import { dawidSkene, type Rating } from '../../../../electron/shared/statistics/dawid-skene';
import { confusionMatrix, LINEAR, PLAIN, QUADRATIC, weightedKappa } from '../../../../electron/shared/statistics/kappa';

// Golden values: recomputed with independent code and, where a package is named, equal to its own.

describe('Cohen’s kappa', () => {
  it.each([
    [20, 5, 10, 15, 0.4],
    [45, 15, 25, 15, 0.1304348],
    [25, 35, 5, 35, 0.2592593],
  ])('of the two-class table %i %i %i %i is Wikipedia’s', (a, b, c, d, value) => {
    const table = [
      [a, b],
      [c, d],
    ];
    expect(weightedKappa(table, PLAIN)?.value).toBeCloseTo(value, 7);
  });

  it('of Cohen’s own example, plain and with his weights, has his standard errors', () => {
    const table = [
      [88, 10, 2],
      [14, 40, 6],
      [18, 10, 12],
    ];
    const weights = [
      [0, 1, 3],
      [1, 0, 6],
      [3, 6, 0],
    ];
    const plain = weightedKappa(table, PLAIN);
    expect(plain?.value).toBeCloseTo(0.4915254, 7);
    expect(plain?.standardError).toBeCloseTo(0.051002, 6);
    const weighted = weightedKappa(table, (row, column) => weights[row]?.[column] ?? 0);
    expect(weighted?.value).toBeCloseTo(0.3478261, 7);
    expect(weighted?.standardError).toBeCloseTo(0.075504, 6);
  });

  it('of the SAS example has its standard errors and limits', () => {
    const table = [
      [0, 4, 1],
      [0, 8, 0],
      [0, 1, 5],
    ];
    const plain = weightedKappa(table, PLAIN);
    expect(plain?.value).toBeCloseTo(0.4842, 4);
    expect(plain?.standardError).toBeCloseTo(0.138, 4);
    expect(plain?.low).toBeCloseTo(0.2137, 4);
    expect(plain?.high).toBeCloseTo(0.7547, 4);
    const linear = weightedKappa(table, LINEAR);
    expect(linear?.value).toBeCloseTo(0.4701, 4);
    expect(linear?.standardError).toBeCloseTo(0.1457, 4);
    expect(linear?.low).toBeCloseTo(0.1845, 4);
    expect(linear?.high).toBeCloseTo(0.7558, 4);
    expect(weightedKappa(table, QUADRATIC)?.value).toBeCloseTo(0.4501608, 7);
    expect(weightedKappa(table, QUADRATIC)?.standardError).toBeCloseTo(0.1922327, 7);
  });

  it('keeps the whole scale where a grade is unused, unlike R’s irr on its own data', () => {
    const second = [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4].map((grade) => grade - 1);
    const third = [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2].map((grade) => grade - 1);
    const whole = confusionMatrix(second, third, 6);
    expect(weightedKappa(whole, PLAIN)?.value).toBeCloseTo(-0.006289308, 9);
    expect(weightedKappa(whole, LINEAR)?.value).toBeCloseTo(0.1262136, 7);
    expect(weightedKappa(whole, QUADRATIC)?.value).toBeCloseTo(0.229798, 6);
  });

  it.each([
    ['121', '122', 0.4, null],
    ['1231223', '1231232', 0.75, 0.65],
    ['123321', '111223', -0.25, -0.125],
  ])('of the pair %s and %s has the known quadratic and linear values', (first, second, quadratic, linear) => {
    const table = confusionMatrix([...first].map(Number), [...second].map(Number), 5);
    expect(weightedKappa(table, QUADRATIC)?.value).toBeCloseTo(quadratic, 10);
    if (linear !== null) expect(weightedKappa(table, LINEAR)?.value).toBeCloseTo(linear, 10);
  });

  it('gives scikit-learn’s values', () => {
    const repeat = (...counts: [number, number][]): number[] =>
      counts.flatMap(([count, label]) => Array.from({ length: count }, () => label));
    const first = repeat([46, 0], [44, 1], [10, 2]);
    const all = (second: number[]): (number | undefined)[] =>
      [PLAIN, LINEAR, QUADRATIC].map((weights) => weightedKappa(confusionMatrix(first, second, 3), weights)?.value);
    const near = all(repeat([50, 0], [40, 1], [10, 2]));
    [0.9315068, 0.9411765, 0.9541284].forEach((value, index) => expect(near[index]).toBeCloseTo(value, 7));
    const far = all(repeat([52, 0], [32, 1], [16, 2]));
    [0.8013245, 0.8355263, 0.8776509].forEach((value, index) => expect(far[index]).toBeCloseTo(value, 7));
    const table = confusionMatrix(repeat([40, 0], [60, 1]), repeat([20, 0], [20, 1], [10, 0], [50, 1]), 2);
    expect(weightedKappa(table, PLAIN)?.value).toBeCloseTo(0.3478261, 7);
  });

  it('of the five-grade table is known for all three weights', () => {
    const table = [
      [60, 5, 2, 0, 0],
      [6, 10, 5, 0, 0],
      [3, 6, 30, 4, 1],
      [0, 0, 4, 6, 2],
      [0, 0, 2, 3, 8],
    ];
    expect(weightedKappa(table, PLAIN)?.value).toBeCloseTo(0.6118777, 7);
    expect(weightedKappa(table, LINEAR)?.value).toBeCloseTo(0.7657882, 7);
    expect(weightedKappa(table, QUADRATIC)?.value).toBeCloseTo(0.8716929, 7);
  });

  it('is unknown without pairs and where both readers gave one grade only', () => {
    expect(weightedKappa(confusionMatrix([], [], 5), QUADRATIC)).toBeNull();
    expect(weightedKappa(confusionMatrix([2, 2], [2, 2], 5), QUADRATIC)).toBeNull();
  });
});

const FLEISS_1971 =
  '444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445 333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555';

describe('Fleiss’ kappa', () => {
  it('gives Wikipedia’s example', () => {
    const rows = [
      [0, 0, 0, 0, 14],
      [0, 2, 6, 4, 2],
      [0, 0, 3, 5, 6],
      [0, 3, 9, 2, 0],
      [2, 2, 8, 1, 1],
      [7, 7, 0, 0, 0],
      [3, 2, 6, 3, 0],
      [2, 5, 3, 2, 2],
      [6, 5, 2, 1, 0],
      [0, 2, 2, 3, 7],
    ];
    const result = fleissKappa(rows);
    expect(result?.observed).toBeCloseTo(0.378022, 7);
    expect(result?.expected).toBeCloseTo(0.2127551, 7);
    expect(result?.value).toBeCloseTo(0.2099307, 7);
  });

  it('gives the values of Fleiss 1971, each class and the error by chance', () => {
    const counts = FLEISS_1971.split(' ').map((digits) =>
      [1, 2, 3, 4, 5].map((label) => [...digits].filter((digit) => Number(digit) === label).length),
    );
    const result = fleissKappa(counts);
    expect(result?.value).toBeCloseTo(0.4302445201, 9);
    expect(result?.observed).toBeCloseTo(0.5555556, 7);
    expect(result?.expected).toBeCloseTo(0.2199383, 7);
    expect(result?.standardErrorByChance).toBeCloseTo(0.02437393, 8);
    [0.244755, 0.244755, 0.52, 0.471127, 0.566118].forEach((value, index) => expect(result?.byClass[index]).toBeCloseTo(value, 6));
  });

  it('refuses images with different numbers of readers and knows nothing of a single one', () => {
    expect(() =>
      fleissKappa([
        [2, 0],
        [1, 0],
      ]),
    ).toThrow(TypeError);
    expect(fleissKappa([[1, 0]])).toBeNull();
  });
});

/** One string a reader, one character an image, `*` missing. */
function images(...readers: string[]): Ratings[] {
  return Array.from({ length: readers[0]?.length ?? 0 }, (_, image) =>
    readers.map((digits) => (digits[image] === '*' ? null : Number(digits[image]))),
  );
}

describe('Krippendorff’s alpha', () => {
  it.each([
    ['nominal', 0.691358],
    ['ordinal', 0.806721],
    ['interval', 0.810845],
    ['ratio', 0.808944],
  ] as const)('of Wikipedia’s three readers, %s', (metric, value) => {
    const three = images('*****3412113 3*3'.replace(' ', ''), '1*213343*******', '**21344*211334'.slice(0, 12) + '3*4');
    expect(krippendorffAlpha(three, [1, 2, 3, 4], metric)).toBeCloseTo(value, 6);
  });

  it.each([
    ['nominal', 0.743421],
    ['ordinal', 0.815388],
    ['interval', 0.849107],
    ['ratio', 0.797403],
  ] as const)('of Krippendorff’s four readers, %s', (metric, value) => {
    const four = images('123321412***', '1233224125*3', '*3332342251*', '1233244125 1*'.replace(' ', ''));
    expect(krippendorffAlpha(four, [1, 2, 3, 4, 5], metric)).toBeCloseTo(value, 6);
  });

  it('of the data of Fleiss 1971 is known, and a longer scale changes nothing', () => {
    const ratings = FLEISS_1971.split(' ').map((digits) => [...digits].map(Number));
    expect(krippendorffAlpha(ratings, [1, 2, 3, 4, 5], 'nominal')).toBeCloseTo(0.4334098, 7);
    expect(krippendorffAlpha(ratings, [0, 1, 2, 3, 4, 5, 6, 7], 'nominal')).toBeCloseTo(0.4334098, 7);
  });

  it('is unknown where every rating is the same', () => {
    expect(
      krippendorffAlpha(
        [
          [2, 2],
          [2, 2],
        ],
        [0, 1, 2, 3, 4],
        'ordinal',
      ),
    ).toBeNull();
  });
});

describe('the bootstrap by patient', () => {
  const share = (items: readonly number[]): number => items.reduce((sum, item) => sum + item, 0) / items.length;

  it('gives the same interval for the same seed, and another for another', () => {
    const patients = Array.from({ length: 40 }, (_, index) => [index % 3 === 0 ? 1 : 0, index % 4 === 0 ? 1 : 0]);
    const first = bootstrapByPatient(patients, share, { rounds: 500, seed: 7 });
    expect(first).toEqual(bootstrapByPatient(patients, share, { rounds: 500, seed: 7 }));
    expect(first).not.toEqual(bootstrapByPatient(patients, share, { rounds: 500, seed: 8 }));
    expect(first?.low).toBeLessThan(share(patients.flat()));
    expect(first?.high).toBeGreaterThan(share(patients.flat()));
  });

  it('is wider when the same images belong to fewer patients', () => {
    const values = Array.from({ length: 120 }, (_, index) => (Math.floor(index / 12) % 2 === 0 ? 1 : 0));
    const alone = bootstrapByPatient(
      values.map((value) => [value]),
      share,
      { rounds: 800, seed: 1 },
    );
    const together = bootstrapByPatient(
      Array.from({ length: 10 }, (_, index) => values.slice(index * 12, index * 12 + 12)),
      share,
      { rounds: 800, seed: 1 },
    );
    const width = (interval: typeof alone): number => (interval?.high ?? 0) - (interval?.low ?? 0);
    expect(width(together)).toBeGreaterThan(2 * width(alone));
  });

  it('knows nothing of one patient', () => {
    expect(bootstrapByPatient([[1, 0, 1]], share, { rounds: 100, seed: 1 })).toBeNull();
  });
});

const ANAESTHETISTS =
  '111 1 1 1 1|333 4 3 3 4|112 2 1 2 2|222 3 1 2 1|222 3 2 2 2|222 3 3 2 2|122 2 1 1 1|333 3 4 3 3|222 2 2 2 3|232 2 2 2 3|444 4 4 4 4|222 3 3 4 3|111 1 1 1 1|222 3 2 1 2|121 1 1 1 1|111 2 1 1 1|111 1 1 1 1|111 1 1 1 1|222 2 2 2 1|222 1 3 2 2|222 2 2 2 2|222 2 2 2 1|222 3 2 2 2|221 2 2 2 2|111 1 1 1 1|111 1 1 1 1|232 2 2 2 2|111 1 1 1 1|111 1 1 1 1|112 1 1 2 1|111 1 1 1 1|333 3 2 3 3|111 1 1 1 1|222 2 2 2 2|222 3 2 3 2|433 4 3 4 3|221 2 2 3 2|232 3 2 3 3|333 3 4 3 2|111 1 1 1 1|111 1 1 1 1|121 2 1 1 1|232 2 2 2 2|121 1 1 1 1|222 2 2 2 2';

describe('Dawid and Skene', () => {
  const ratings = ANAESTHETISTS.split('|').flatMap((text, image): Rating[] =>
    text.split(' ').flatMap((digits, reader) => [...digits].map((digit) => ({ image, reader, label: Number(digit) - 1 }))),
  );
  const result = dawidSkene(ratings, { images: 45, readers: 5, classes: 4 });

  it('converge on the anaesthetists’ data to the known shares and likelihood', () => {
    [0.3996, 0.422, 0.1118, 0.0667].forEach((share, index) => expect(result.classShares[index]).toBeCloseTo(share, 4));
    expect(result.logLikelihoods.at(-1)).toBeCloseTo(-192.890881, 5);
    [-205.091138, -194.550952, -193.159445, -192.942424].forEach((value, index) =>
      expect(result.logLikelihoods[index]).toBeCloseTo(value, 5),
    );
  });

  it('find each observer’s errors', () => {
    const rows = [
      [0.8895, 0.1105, 0, 0],
      [0.0706, 0.8764, 0.053, 0],
      [0, 0.3388, 0.6612, 0],
      [0, 0, 0.5556, 0.4444],
    ];
    rows.forEach((row, truth) => row.forEach((value, label) => expect(result.readers[0]?.[truth]?.[label]).toBeCloseTo(value, 4)));
    expect(result.readers[4]?.[2]?.[2]).toBeCloseTo(0.7909, 4);
  });

  it('say which class each patient is, against the plurality for three of them', () => {
    const hard = result.posterior.map((row) => row.indexOf(Math.max(...row)) + 1).join('');
    expect(hard).toBe('142222132243121111222222112111131224233111212');
    expect(result.posterior[37]?.[2]).toBeCloseTo(0.9788, 4);
  });

  it('with pseudo-counts rule nothing out for ever', () => {
    const smoothed = dawidSkene(ratings, { images: 45, readers: 5, classes: 4, smoothing: 1 });
    expect(smoothed.readers[1]?.[2]?.[2]).toBeLessThan(1.0001);
    expect(smoothed.posterior.every((row) => Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) < 1e-9)).toBe(true);
  });
});

describe('CROWDLAB', () => {
  it('gives the known weights and posteriors', () => {
    const ratings = ['00*', '111', '011', '2*2', '221', '0**', '11*', '001'].map((row) =>
      [...row].map((digit) => (digit === '*' ? null : Number(digit))),
    );
    const p = [
      [0.8, 0.1, 0.1],
      [0.1, 0.8, 0.1],
      [0.3, 0.6, 0.1],
      [0.1, 0.2, 0.7],
      [0.1, 0.3, 0.6],
      [0.6, 0.3, 0.1],
      [0.2, 0.7, 0.1],
      [0.5, 0.4, 0.1],
    ];
    const result = crowdlab(ratings, [0, 1, 1, 2, 2, 0, 1, 0], p);
    expect(result.agreementShare).toBeCloseTo(0.8571429, 7);
    [0.3636364, 0.475, 0.0277778].forEach((weight, reader) => expect(result.readerWeights[reader]).toBeCloseTo(weight, 7));
    expect(result.modelWeight).toBeCloseTo(1.5411035, 7);
    const expected: [number, number[]][] = [
      [2, [0.336418, 0.573864, 0.089718]],
      [5, [0.649091, 0.256363, 0.094545]],
      [7, [0.619463, 0.29082, 0.089718]],
    ];
    for (const [image, row] of expected) row.forEach((value, label) => expect(result.posterior[image]?.[label]).toBeCloseTo(value, 6));
  });
});

describe('confident learning', () => {
  const p = [0.9, 0.8, 0.3, 0.6, 0.2, 0.1, 0.7, 0.4].map((value) => [value, 1 - value]);
  const labels = [0, 0, 0, 0, 1, 1, 1, 1];

  it('gives the known thresholds, joint and suspects', () => {
    const result = confidentLearning(p, labels);
    result.thresholds.forEach((threshold) => expect(threshold).toBeCloseTo(0.65, 10));
    expect(result.joint).toEqual([
      [2, 1],
      [1, 2],
    ]);
    expect(result.suspects).toEqual([2, 6]);
  });

  it('puts the suspects first in the queue', () => {
    expect(rankBySuspicion(p, labels).slice(0, 2).sort()).toEqual([2, 6]);
  });
});
