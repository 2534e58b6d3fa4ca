import { type AlphaMetric, fleissKappa, krippendorffAlpha } from './agreement';
import { bootstrapByPatient } from './bootstrap';
import type { Interval } from './intervals';
import { confusionMatrix, type Kappa, LINEAR, PLAIN, QUADRATIC, weightedKappa } from './kappa';
import { atThreshold, type Rate } from './operating-points';

/** The scale is fixed: a grade that nobody gave is on it all the same. */
const SCALE = [0, 1, 2, 3, 4] as const;
const REFERABLE = 2;

/** One blind answer. Numbers stand for image, patient and reader. */
export interface AgreementRead {
  image: number;
  patient: number;
  reader: number;
  /** A masked second reading by the same reader. */
  again: boolean;
  /** null: not gradable. */
  grade: number | null;
}

export interface AgreementLabel {
  image: number;
  adjudicated: boolean;
  grade: number | null;
}

export interface AgreementInput {
  readers: number;
  reads: readonly AgreementRead[];
  labels: readonly AgreementLabel[];
  bootstrap: { rounds: number; seed: number };
}

export interface GradeAgreement {
  /** Photographs that both could grade. */
  images: number;
  exact: number;
  /** Rows the first, columns the second, 0..4. */
  table: number[][];
  plain: Kappa | null;
  linear: Kappa | null;
  quadratic: Kappa | null;
  /** Of the quadratic one, by patient. */
  byPatient: Interval | null;
  /** Whether a photograph can be graded at all: photographs, and plain kappa. */
  gradability: { images: number; kappa: Kappa | null };
}

export interface PairAgreement extends GradeAgreement {
  first: number;
  second: number;
}

export interface ReaderAgreement {
  reader: number;
  reads: number;
  ungradable: number;
  /** Against the label; rows the label, columns the reader. */
  label: GradeAgreement;
  /** Of the labels compared, so many were adjudicated: the others this reader has had a hand in. */
  adjudicated: number;
  /** Of referable disease by the label (grade 2 at least), by intention to screen: what the reader calls ungradable is sent on. */
  sensitivity: Rate | null;
  specificity: Rate | null;
  /** Against themselves, on masked second readings; null without any. */
  again: GradeAgreement | null;
}

export interface AgreementReport {
  images: number;
  patients: number;
  pairs: PairAgreement[];
  readers: ReaderAgreement[];
  /** Over the photographs that all of the commonest number of readers could grade. */
  fleiss: { images: number; readersPerImage: number; value: number; standardErrorByChance: number; byGrade: (number | null)[] } | null;
  alpha: { metric: AlphaMetric; value: number; interval: Interval | null }[];
}

interface Pair {
  patient: number;
  first: number | null;
  second: number | null;
}

/** Every figure of agreement among readers. Deterministic: the bootstrap has a seed. */
export function agreementReport({ readers, reads, labels, bootstrap }: AgreementInput): AgreementReport {
  const firsts = reads.filter((read) => !read.again);
  const byReader = Array.from(
    { length: readers },
    (_, reader) => new Map(firsts.filter((read) => read.reader === reader).map((read) => [read.image, read])),
  );
  const labelOf = new Map(labels.map((label) => [label.image, label]));
  const pairs: PairAgreement[] = [];
  for (let first = 0; first < readers; first++) {
    for (let second = first + 1; second < readers; second++) {
      const both = paired(byReader[first], byReader[second]);
      if (both.length > 0) pairs.push({ first, second, ...compare(both, bootstrap) });
    }
  }
  return {
    images: new Set(firsts.map((read) => read.image)).size,
    patients: new Set(firsts.map((read) => read.patient)).size,
    pairs,
    readers: byReader.map((own, reader) => ofReader(reader, [...own.values()], reads, labelOf, bootstrap)),
    fleiss: fleissOf(firsts),
    alpha: alphas(firsts, readers, bootstrap),
  };
}

function paired(first: ReadonlyMap<number, AgreementRead> | undefined, second: ReadonlyMap<number, AgreementRead> | undefined): Pair[] {
  const pairs: Pair[] = [];
  for (const [image, read] of first ?? []) {
    const other = second?.get(image);
    if (other) pairs.push({ patient: read.patient, first: read.grade, second: other.grade });
  }
  return pairs;
}

function compare(pairs: readonly Pair[], bootstrap: AgreementInput['bootstrap']): GradeAgreement {
  const table = tableOf(pairs);
  const graded = pairs.filter((pair) => pair.first !== null && pair.second !== null);
  const gradable = confusionMatrix(
    pairs.map((pair) => (pair.first === null ? 0 : 1)),
    pairs.map((pair) => (pair.second === null ? 0 : 1)),
    2,
  );
  return {
    images: graded.length,
    exact: graded.filter((pair) => pair.first === pair.second).length,
    table,
    plain: weightedKappa(table, PLAIN),
    linear: weightedKappa(table, LINEAR),
    quadratic: weightedKappa(table, QUADRATIC),
    byPatient: bootstrapByPatient(byPatient(graded), (drawn) => weightedKappa(tableOf(drawn), QUADRATIC)?.value ?? null, bootstrap),
    gradability: { images: pairs.length, kappa: weightedKappa(gradable, PLAIN) },
  };
}

/** Of those that both could grade. */
function tableOf(pairs: readonly Pair[]): number[][] {
  const [first, second]: [number[], number[]] = [[], []];
  for (const pair of pairs) {
    if (pair.first === null || pair.second === null) continue;
    first.push(pair.first);
    second.push(pair.second);
  }
  return confusionMatrix(first, second, SCALE.length);
}

function ofReader(
  reader: number,
  own: readonly AgreementRead[],
  all: readonly AgreementRead[],
  labelOf: ReadonlyMap<number, AgreementLabel>,
  bootstrap: AgreementInput['bootstrap'],
): ReaderAgreement {
  const labelled = own.flatMap((read) => {
    const label = labelOf.get(read.image);
    return label ? [{ read, label }] : [];
  });
  const judged = labelled.filter(({ label }) => label.grade !== null);
  const sentOn = atThreshold(
    judged.map(({ read }) => (read.grade === null || read.grade >= REFERABLE ? 1 : 0)),
    judged.map(({ label }) => (label.grade ?? 0) >= REFERABLE),
    1,
  );
  const first = new Map(own.map((read) => [read.image, read]));
  const second = new Map(all.filter((read) => read.again && read.reader === reader).map((read) => [read.image, read]));
  const again = paired(first, second);
  return {
    reader,
    reads: own.length,
    ungradable: own.filter((read) => read.grade === null).length,
    label: compare(
      labelled.map(({ read, label }) => ({ patient: read.patient, first: label.grade, second: read.grade })),
      bootstrap,
    ),
    adjudicated: labelled.filter(({ label }) => label.adjudicated).length,
    sensitivity: sentOn.sensitivity,
    specificity: sentOn.specificity,
    again: again.length === 0 ? null : compare(again, bootstrap),
  };
}

function fleissOf(reads: readonly AgreementRead[]): AgreementReport['fleiss'] {
  const graded = [...byImage(reads).values()].filter((own) => own.every((read) => read.grade !== null));
  const sizes = new Map<number, number>();
  for (const own of graded) sizes.set(own.length, (sizes.get(own.length) ?? 0) + 1);
  const [readersPerImage = 0] = [...sizes].filter(([size]) => size > 1).sort((a, b) => b[1] - a[1])[0] ?? [];
  const counted = graded.filter((own) => own.length === readersPerImage);
  const result = fleissKappa(counted.map((own) => SCALE.map((grade) => own.filter((read) => read.grade === grade).length)));
  if (result === null) return null;
  const { value, standardErrorByChance, byClass } = result;
  return { images: counted.length, readersPerImage, value, standardErrorByChance, byGrade: byClass };
}

function alphas(reads: readonly AgreementRead[], readers: number, bootstrap: AgreementInput['bootstrap']): AgreementReport['alpha'] {
  const units = [...byImage(reads).values()].map((own) => {
    const ratings: (number | null)[] = Array.from({ length: readers }, () => null);
    for (const read of own) ratings[read.reader] = read.grade;
    return { patient: own[0]?.patient ?? 0, ratings };
  });
  return (['ordinal', 'nominal'] as const).flatMap((metric) => {
    const of = (drawn: readonly { ratings: (number | null)[] }[]): number | null =>
      krippendorffAlpha(
        drawn.map((unit) => unit.ratings),
        SCALE,
        metric,
      );
    const value = of(units);
    return value === null ? [] : [{ metric, value, interval: bootstrapByPatient(byPatient(units), of, bootstrap) }];
  });
}

function byPatient<T extends { patient: number }>(items: readonly T[]): T[][] {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(item.patient);
    if (group) group.push(item);
    else groups.set(item.patient, [item]);
  }
  return [...groups.values()];
}

function byImage(reads: readonly AgreementRead[]): Map<number, AgreementRead[]> {
  const groups = new Map<number, AgreementRead[]>();
  for (const read of reads) {
    const group = groups.get(read.image);
    if (group) group.push(read);
    else groups.set(read.image, [read]);
  }
  return groups;
}
