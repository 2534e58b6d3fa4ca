import { writeSync } from 'node:fs';
import { createOrOpenProfile } from '../../../electron/db/profile/profile';
import { createCampaign } from '../../../electron/services/reading/create-campaign';
import type { Workspace } from '../../../electron/services/workspace';
import { inlinePool } from '../../helpers/inline-pool';

/** Makes a series of all photographs, and stands still for ever when so many pieces of it are on the disk. */
const [folder = '', pieces = '', ...readerIds] = process.argv.slice(2);
const profile = await createOrOpenProfile(folder);
const workspace = { profile, pool: inlinePool(profile), model: null } as unknown as Workspace;
const watch = {
  signal: new AbortController().signal,
  onProgress: (done: number): void => {
    if (done < Number(pieces)) return;
    writeSync(1, 'stored\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
};
await createCampaign(
  { userId: 'head', roles: ['admin'] },
  workspace,
  {
    title: 'killed',
    selection: 'all',
    runIds: [],
    size: null,
    images: null,
    consentDeclared: true,
    readerIds,
    readersPerImage: 2,
    adjudication: 'round-robin',
    adjudicatorId: null,
    fellowEye: false,
    priorVisit: false,
    rereadPercent: 0,
    washoutDays: 0,
    certifiedOnly: false,
  },
  watch,
);
