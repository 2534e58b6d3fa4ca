import { type AppErrorData, toAppError } from '../../../../electron/shared/errors';

/** One form that is sent: what went wrong stands beside it, and it is not sent twice. */
export class Attempt {
  busy = $state(false);
  error = $state.raw<AppErrorData | null>(null);

  /** @returns true when it succeeded */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (thrown) {
      this.error = toAppError(thrown).toData();
      return false;
    } finally {
      this.busy = false;
    }
  }
}
