import type { Handlers } from '../../shared/ipc/contract';
import type { Desktop } from '../desktop';
import type { AskedBy } from '../ipc/register';
import { accountHandlers, type SaveDialog } from './accounts';
import { agreementHandlers } from './agreement';
import { packageHandlers } from './packages';
import { driftHandlers } from './drift';
import { datasetHandlers } from './data-sets';
import { backupHandlers, type Places } from './backup';
import { captureHandlers } from './capture';
import { modelHandlers } from './models';
import { patientHandlers } from './patients';
import { campaignHandlers } from './campaigns';
import { paperHandlers } from './papers';
import { clinicalHandlers } from './clinical';
import { readingHandlers } from './reading';
import { type Dialogs, screeningHandlers } from './screening';
import { trainingHandlers } from './training';

/** Every channel of the contract, a file a subject; leaving one out does not compile. Nothing is decided here: questions are passed on. */
export function createHandlers(desktop: Desktop, dialogs: Dialogs & SaveDialog, places: Places): Handlers<AskedBy> {
  return {
    ...accountHandlers(desktop, dialogs),
    ...patientHandlers(desktop, dialogs, places.resourcesFolder),
    ...paperHandlers(desktop, dialogs, places.resourcesFolder),
    ...backupHandlers(desktop, dialogs, places),
    ...screeningHandlers(desktop, dialogs),
    ...modelHandlers(desktop),
    ...trainingHandlers(desktop),
    ...captureHandlers(desktop, dialogs),
    ...readingHandlers(desktop),
    ...clinicalHandlers(desktop),
    ...campaignHandlers(desktop),
    ...agreementHandlers(desktop, dialogs),
    ...datasetHandlers(desktop, dialogs),
    ...packageHandlers(desktop, dialogs),
    ...driftHandlers(desktop),
  };
}
