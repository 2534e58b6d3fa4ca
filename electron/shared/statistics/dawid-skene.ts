/** One rating: which image, which reader, which class (0-based). A reader may rate an image more than once. */
export interface Rating {
  image: number;
  reader: number;
  label: number;
}

export interface DawidSkene {
  /** Share of each class among the images. */
  classShares: number[];
  /** For each reader: rows the true class, columns what the reader says. */
  readers: number[][][];
  /** For each image the probability of each class. */
  posterior: number[][];
  /** Without multinomial constants, before the first round and after each. */
  logLikelihoods: number[];
}

/**
 * Dawid and Skene (1979): what each image probably is, and how each reader errs, from the readings alone, by expectation and maximisation.
 *
 * @param smoothing pseudo-counts on the diagonal of every reader's table: few readers on few images overfit without
 */
export function dawidSkene(
  ratings: readonly Rating[],
  { images, readers, classes, smoothing = 0 }: { images: number; readers: number; classes: number; smoothing?: number },
): DawidSkene {
  let posterior = voteShares(ratings, images, classes);
  const logLikelihoods: number[] = [];
  let state = maximise(ratings, posterior, readers, classes, smoothing);
  for (let round = 0; round < 1000; round++) {
    const expected = expect(ratings, state, images, classes);
    posterior = expected.posterior;
    const before = logLikelihoods.at(-1);
    logLikelihoods.push(expected.logLikelihood);
    state = maximise(ratings, posterior, readers, classes, smoothing);
    if (before !== undefined && Math.abs(expected.logLikelihood - before) < 1e-10) break;
  }
  return { ...state, posterior, logLikelihoods };
}

interface State {
  classShares: number[];
  readers: number[][][];
}

function voteShares(ratings: readonly Rating[], images: number, classes: number): number[][] {
  const votes = zeros(images, classes);
  for (const { image, label } of ratings) add(votes[image], label, 1);
  return votes.map((row) => normalised(row));
}

function maximise(
  ratings: readonly Rating[],
  posterior: readonly (readonly number[])[],
  readers: number,
  classes: number,
  smoothing: number,
): State {
  const classShares = Array.from({ length: classes }, (_, index) => {
    let total = 0;
    for (const row of posterior) total += row[index] ?? 0;
    return total / posterior.length;
  });
  const tables = Array.from({ length: readers }, () => {
    const table = zeros(classes, classes);
    table.forEach((row, index) => add(row, index, smoothing));
    return table;
  });
  for (const { image, reader, label } of ratings) {
    for (let truth = 0; truth < classes; truth++) add(tables[reader]?.[truth], label, posterior[image]?.[truth] ?? 0);
  }
  return { classShares, readers: tables.map((table) => table.map((row) => normalised(row))) };
}

/** Sums of logarithms; a rating of probability 0 rules its class out. */
function expect(
  ratings: readonly Rating[],
  state: State,
  images: number,
  classes: number,
): { posterior: number[][]; logLikelihood: number } {
  const logs = Array.from({ length: images }, () => state.classShares.map((share) => Math.log(share)));
  for (const { image, reader, label } of ratings) {
    for (let truth = 0; truth < classes; truth++) add(logs[image], truth, Math.log(state.readers[reader]?.[truth]?.[label] ?? 0));
  }
  let logLikelihood = 0;
  const posterior = logs.map((row) => {
    const most = Math.max(...row);
    const weights = row.map((log) => Math.exp(log - most));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    logLikelihood += most + Math.log(total);
    return weights.map((weight) => weight / total);
  });
  return { posterior, logLikelihood };
}

function zeros(rows: number, columns: number): number[][] {
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => 0));
}

function add(row: number[] | undefined, index: number, amount: number): void {
  if (row) row[index] = (row[index] ?? 0) + amount;
}

/** A class that no reader was ever given has no row of its own: evenly. */
function normalised(row: readonly number[]): number[] {
  const total = row.reduce((sum, value) => sum + value, 0);
  return row.map((value) => (total === 0 ? 1 / row.length : value / total));
}
