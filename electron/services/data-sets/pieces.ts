/** Rows that are stored in one transaction: a few milliseconds, so that whoever saves meanwhile never waits behind a whole data set. */
export const ROWS_IN_A_PIECE = 64;

/** Rows in pieces that are stored one by one. */
export function piecesOf<T>(rows: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(rows.length / ROWS_IN_A_PIECE) }, (_, index) =>
    rows.slice(index * ROWS_IN_A_PIECE, (index + 1) * ROWS_IN_A_PIECE),
  );
}
