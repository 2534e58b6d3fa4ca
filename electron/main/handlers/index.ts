import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import { screeningHandlers } from './screening';

/** Every channel of the contract, a file a subject; leaving one out does not compile. Nothing is decided here: questions are passed on. */
export function createHandlers(desktop: Desktop, chooseFolder: (askedBy: AskedBy) => Promise<string | null>): Handlers<AskedBy> {
  return {
    ...screeningHandlers(desktop, chooseFolder),
  };
}
