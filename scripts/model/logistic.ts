/** Ridge logistic regression by Newton's method: exact, no step size, a few dozen features at most. */
export interface LogisticFit {
  bias: number;
  weights: number[];
}

/**
 * Minimises the weighted log loss plus ridge/2 times the squared weights (the bias is free).
 * @param rows standardised features
 * @param positive label of each row
 * @param rowWeights how much each row counts
 */
export function fitLogistic(
  rows: readonly (readonly number[])[],
  positive: readonly boolean[],
  rowWeights: readonly number[],
  ridge: number,
): LogisticFit {
  const size = (rows[0]?.length ?? 0) + 1;
  let coefficients = new Array<number>(size).fill(0);
  for (let step = 0; step < 60; step++) {
    const gradient = new Array<number>(size).fill(0);
    const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
    for (let index = 1; index < size; index++) {
      gradient[index] = ridge * at(coefficients, index);
      (hessian[index] as number[])[index] = ridge;
    }
    rows.forEach((row, sample) => {
      const x = [1, ...row];
      const p = 1 / (1 + Math.exp(-x.reduce((sum, value, index) => sum + value * at(coefficients, index), 0)));
      const weight = at(rowWeights, sample);
      const slope = weight * (p - (positive[sample] ? 1 : 0));
      const curve = Math.max(1e-6, weight * p * (1 - p));
      for (let i = 0; i < size; i++) {
        gradient[i] = at(gradient, i) + slope * at(x, i);
        const line = hessian[i] as number[];
        const scaled = curve * at(x, i);
        for (let j = 0; j <= i; j++) line[j] = at(line, j) + scaled * at(x, j);
      }
    });
    const move = solveSymmetric(hessian, gradient);
    // A full step can overshoot where classes are nearly separable.
    const longest = Math.max(...move.map(Math.abs));
    const damping = longest > 2 ? 2 / longest : 1;
    coefficients = coefficients.map((value, index) => value - damping * at(move, index));
    if (longest < 1e-7) break;
  }
  return { bias: at(coefficients, 0), weights: coefficients.slice(1) };
}

/** Cholesky on the lower triangle; the ridge keeps it positive definite. */
function solveSymmetric(matrix: number[][], right: readonly number[]): number[] {
  const size = right.length;
  const lower = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = at(matrix[i], j);
      for (let k = 0; k < j; k++) sum -= at(lower[i], k) * at(lower[j], k);
      (lower[i] as number[])[j] = i === j ? Math.sqrt(Math.max(1e-12, sum)) : sum / at(lower[j], j);
    }
  }
  const half = new Array<number>(size).fill(0);
  for (let i = 0; i < size; i++) {
    let sum = at(right, i);
    for (let k = 0; k < i; k++) sum -= at(lower[i], k) * at(half, k);
    half[i] = sum / at(lower[i], i);
  }
  const solution = new Array<number>(size).fill(0);
  for (let i = size - 1; i >= 0; i--) {
    let sum = at(half, i);
    for (let k = i + 1; k < size; k++) sum -= at(lower[k], i) * at(solution, k);
    solution[i] = sum / at(lower[i], i);
  }
  return solution;
}

function at(values: readonly number[] | undefined, index: number): number {
  return values?.[index] ?? 0;
}
