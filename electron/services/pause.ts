import { setImmediate } from 'node:timers/promises';

/** Rows handled between two turns of the event loop: well under 20 ms of work on a slow laptop. */
const ROWS_BETWEEN_PAUSES = 200;

/** Goes over rows and gives the event loop a turn in between, so that a window keeps answering while a long report is written. */
export async function* withPauses<T>(rows: Iterable<T>): AsyncGenerator<T> {
  let count = 0;
  for (const row of rows) {
    yield row;
    count += 1;
    if (count % ROWS_BETWEEN_PAUSES === 0) await setImmediate();
  }
}
