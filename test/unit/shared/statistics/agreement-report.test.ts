import { describe, expect, it } from 'vitest';
import { type AgreementInput, type AgreementRead, agreementReport } from '../../../../electron/shared/statistics/agreement-report';
import { upperBound } from '../../../../electron/shared/statistics/intervals';
import { seededRandom } from '../../../../electron/shared/statistics/random';

const random = seededRandom(5);
const truth = Array.from({ length: 120 }, () => Math.floor(random() * 5));
function read(image: number, reader: number, again = false): AgreementRead {
  const shift = random() < 0.75 ? 0 : random() < 0.5 ? 1 : -1;
  const grade = image % 30 === reader ? null : Math.max(0, Math.min(4, (truth[image] ?? 0) + shift));
  return { image, patient: Math.floor(image / 2), reader, again, grade };
}
const input: AgreementInput = {
  readers: 2,
  reads: [...truth.flatMap((_, image) => [read(image, 0), read(image, 1)]), ...truth.slice(0, 12).map((_, image) => read(image, 0, true))],
  labels: truth.map((grade, image) => ({ image, adjudicated: image % 3 === 0, grade })),
  bootstrap: { rounds: 200, seed: 1 },
};

describe('the report of agreement', () => {
  const report = agreementReport(input);

  it('compares pairs on the photographs that both could grade, on the fixed scale', () => {
    const [pair] = report.pairs;
    expect(report.pairs).toHaveLength(1);
    expect(pair?.images).toBe(120 - 8);
    expect(pair?.table).toHaveLength(5);
    expect(pair?.table.flat().reduce((sum, count) => sum + count, 0)).toBe(112);
    expect(pair?.gradability.images).toBe(120);
    expect(pair?.byPatient?.low).toBeLessThan(pair?.quadratic?.value ?? 0);
    expect(pair?.byPatient?.high).toBeGreaterThan(pair?.quadratic?.value ?? 1);
  });

  it('counts what a reader calls ungradable as sent on', () => {
    const referable = truth.filter((grade) => grade >= 2).length;
    const reader = report.readers[0];
    expect(reader?.ungradable).toBe(4);
    expect(reader?.sensitivity?.of).toBe(referable);
    const caught = input.reads.filter(
      (one) => !one.again && one.reader === 0 && (truth[one.image] ?? 0) >= 2 && (one.grade === null || one.grade >= 2),
    ).length;
    expect(reader?.sensitivity?.value).toBeCloseTo(caught / referable, 12);
    expect(reader?.adjudicated).toBe(40);
  });

  it('sets a reader’s masked second readings against the first, and nobody else’s', () => {
    expect(report.readers[0]?.again?.gradability.images).toBe(12);
    expect(report.readers[1]?.again).toBeNull();
  });

  it('is the same every time it is looked at', () => {
    expect(agreementReport(input)).toEqual(report);
  });
});

describe('the upper bound of what was missed', () => {
  it('is 1 % when none of 300 was missed, and everything when nobody was read', () => {
    expect(upperBound(0, 300)).toBeCloseTo(0.00994, 5);
    expect(upperBound(0, 0)).toBe(1);
    expect(upperBound(2, 100)).toBeGreaterThan(0.02);
  });
});
