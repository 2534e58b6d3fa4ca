export interface ConfidentLearning {
  /** Of each class: the mean probability of that class among the images labelled so. */
  thresholds: number[];
  /** Rows the label, columns what the model is confident of. */
  joint: number[][];
  /** Images the model is confident belong to another class, 0-based, in the order given. */
  suspects: number[];
}

/**
 * Confident learning (Northcutt, Jiang and Chuang 2021): which labels a model disagrees with, each class held to its own confidence.
 *
 * @param probabilities one row an image, OUT OF FOLD
 * @param labels class of each image
 */
export function confidentLearning(probabilities: readonly (readonly number[])[], labels: readonly number[]): ConfidentLearning {
  const classes = probabilities[0]?.length ?? 0;
  const thresholds = Array.from({ length: classes }, (_, label) => {
    const own = probabilities.filter((_row, index) => labels[index] === label).map((row) => row[label] ?? 0);
    return own.length === 0 ? Infinity : own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  const joint = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  const suspects: number[] = [];
  for (const [index, row] of probabilities.entries()) {
    let sure = -1;
    for (const [label, value] of row.entries()) {
      if (value >= (thresholds[label] ?? Infinity) && value > (row[sure] ?? -1)) sure = label;
    }
    const label = labels[index];
    const cells = label === undefined ? undefined : joint[label];
    if (sure === -1 || !cells) continue;
    cells[sure] = (cells[sure] ?? 0) + 1;
    if (sure !== label) suspects.push(index);
  }
  return { thresholds, joint, suspects };
}

/**
 * All images, the most suspicious label first: by how far the probability of the label lies under that class's threshold, less how far another
 * class lies over its own.
 */
export function rankBySuspicion(probabilities: readonly (readonly number[])[], labels: readonly number[]): number[] {
  const { thresholds } = confidentLearning(probabilities, labels);
  const scores = probabilities.map((row, index) => {
    const label = labels[index] ?? 0;
    const over = row.map((value, other) => value - (Number.isFinite(thresholds[other]) ? (thresholds[other] ?? 0) : 1));
    return (over[label] ?? 0) - Math.max(...over.filter((_, other) => other !== label));
  });
  return scores.map((_, index) => index).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0) || a - b);
}
