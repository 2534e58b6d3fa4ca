import { Z_95 } from './intervals';

export interface Kappa {
  value: number;
  low: number;
  high: number;
  standardError: number;
}

/** Counts of pairs on a fixed scale 0 .. classes - 1: rows the first rater, columns the second. A class nobody used stays in. */
export function confusionMatrix(first: readonly number[], second: readonly number[], classes: number): number[][] {
  const table = Array.from({ length: classes }, () => Array.from({ length: classes }, () => 0));
  for (const [index, row] of first.entries()) {
    const cells = table[row];
    const column = second[index];
    if (cells && column !== undefined) cells[column] = (cells[column] ?? 0) + 1;
  }
  return table;
}

/** How far apart two classes are; only the proportions count. */
export type Disagreement = (row: number, column: number) => number;

export const PLAIN: Disagreement = (row, column) => (row === column ? 0 : 1);
export const LINEAR: Disagreement = (row, column) => Math.abs(row - column);
export const QUADRATIC: Disagreement = (row, column) => (row - column) ** 2;

/** Quadratic weighted kappa. @returns null without pairs, or where chance alone agrees wholly */
export function quadraticKappa(table: readonly (readonly number[])[]): Kappa | null {
  return weightedKappa(table, QUADRATIC);
}

/**
 * Cohen's kappa (1960; weighted 1968) with the standard error of Fleiss, Cohen and Everitt (1969).
 * @returns null without pairs, or where chance alone agrees wholly
 */
export function weightedKappa(table: readonly (readonly number[])[], disagreement: Disagreement): Kappa | null {
  const classes = table.length;
  const total = table.flat().reduce((sum, count) => sum + count, 0);
  if (total === 0 || classes < 2) return null;
  const p = (row: number, column: number): number => (table[row]?.[column] ?? 0) / total;
  const indices = Array.from({ length: classes }, (_, index) => index);
  const most = Math.max(...indices.flatMap((row) => indices.map((column) => disagreement(row, column))));
  const agreement = (row: number, column: number): number => 1 - disagreement(row, column) / most;
  const sum = (of: (index: number) => number): number => indices.reduce((result, index) => result + of(index), 0);
  const rows = indices.map((row) => sum((column) => p(row, column)));
  const columns = indices.map((column) => sum((row) => p(row, column)));
  const observed = sum((row) => sum((column) => agreement(row, column) * p(row, column)));
  const expected = sum((row) => sum((column) => agreement(row, column) * (rows[row] ?? 0) * (columns[column] ?? 0)));
  if (expected >= 1) return null;
  const value = (observed - expected) / (1 - expected);
  const rowAgreement = indices.map((row) => sum((column) => (columns[column] ?? 0) * agreement(row, column)));
  const columnAgreement = indices.map((column) => sum((row) => (rows[row] ?? 0) * agreement(row, column)));
  const first = sum((row) =>
    sum(
      (column) =>
        p(row, column) * (agreement(row, column) - ((rowAgreement[row] ?? 0) + (columnAgreement[column] ?? 0)) * (1 - value)) ** 2,
    ),
  );
  const second = (value - expected * (1 - value)) ** 2;
  const standardError = Math.sqrt(Math.max(0, first - second) / total) / (1 - expected);
  return { value, standardError, low: Math.max(-1, value - Z_95 * standardError), high: Math.min(1, value + Z_95 * standardError) };
}
