/** What a call throws; fails when it throws nothing. */
export function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

/** What a promise is rejected with; fails when it is fulfilled. */
export async function rejectionOf(work: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await work;
  } catch (thrown) {
    return thrown;
  }
  throw new Error(`fulfilled with ${String(value)}`);
}
