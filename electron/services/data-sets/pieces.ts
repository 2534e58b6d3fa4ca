/** Rows that are stored in one transaction: a few milliseconds, so that whoever saves meanwhile never waits behind a whole data set. */
export const ROWS_IN_A_PIECE = 64;

/** Rows in pieces that are stored one by one. @param size of a piece; fewer where each of them brings others with it */
export function piecesOf<T>(rows: readonly T[], size = ROWS_IN_A_PIECE): T[][] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, index) => rows.slice(index * size, (index + 1) * size));
}
