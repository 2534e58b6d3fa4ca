import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import { accountHandlers, type SaveDialog } from './accounts';
import { modelHandlers } from './models';
import { type Dialogs, screeningHandlers } from './screening';

/** Every channel of the contract, a file a subject; leaving one out does not compile. Nothing is decided here: questions are passed on. */
export function createHandlers(desktop: Desktop, dialogs: Dialogs & SaveDialog): Handlers<AskedBy> {
  return {
    ...accountHandlers(desktop, dialogs),
    ...screeningHandlers(desktop, dialogs),
    ...modelHandlers(desktop),
  };
}
