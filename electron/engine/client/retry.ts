import { toAppError } from '../../shared/errors';

/** An image in flight beside the one that brought the engine down is innocent; one that is there three times is not. */
const ATTEMPTS = 3;

/** Does the work again when the engine died under it; any other error, and the third crash, is passed on. */
export async function retryAfterCrash<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== 'engine-crashed' || attempt === ATTEMPTS) throw error;
    }
  }
}
