import { createSiteAndPatients } from './0001-site-and-patients';
import { createImages } from './0002-images';
import { createResults } from './0003-results';
import { createModelHistory } from './0004-models';
import { createTrainingRuns } from './0005-training-runs';
import { createCapture } from './0006-capture';
import { createReading } from './0007-reading';
import { createRegistration } from './0008-registration';
import { createAccounts } from './0009-accounts';
import { createDataSets } from './0010-data-sets';
import { createPapers } from './0011-papers';
import { createLeftOut } from './0012-left-out';
import { createSealedDataSets } from './0013-sealed-data-sets';
import { createSealedCampaigns } from './0014-sealed-campaigns';
import type { Migration } from './migration';

/** In order. A new one goes at the end; a released one never changes. */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: 'site-and-patients', update: createSiteAndPatients },
  { version: 2, name: 'images', update: createImages },
  { version: 3, name: 'results', update: createResults },
  { version: 4, name: 'models', update: createModelHistory },
  { version: 5, name: 'training-runs', update: createTrainingRuns },
  { version: 6, name: 'capture', update: createCapture },
  { version: 7, name: 'reading', update: createReading },
  { version: 8, name: 'registration', update: createRegistration },
  { version: 9, name: 'accounts', update: createAccounts },
  { version: 10, name: 'data-sets', update: createDataSets },
  { version: 11, name: 'papers', update: createPapers },
  { version: 12, name: 'left-out', update: createLeftOut },
  { version: 13, name: 'sealed-data-sets', update: createSealedDataSets },
  { version: 14, name: 'sealed-campaigns', update: createSealedCampaigns },
];
