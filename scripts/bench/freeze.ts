import { transaction } from '../../electron/db/sql';
import { freezeDataset } from '../../electron/services/data-sets/freeze';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { GRADES } from '../../electron/shared/domain/reading';
import { addPhotograph, label, startCampaign } from '../../test/helpers/labels';
import { measureBesideAReader } from './beside-a-reader';

/** A data set of ten thousand photographs frozen while a reader reads: node scripts/run-ts.mjs scripts/bench/freeze.ts WORKER [IMAGES]. WORKER is out/main/worker.js. */
await measureBesideAReader(
  'freeze.ts WORKER [IMAGES]',
  (profile, count) => {
    const photographs = transaction(profile.database, () => Array.from({ length: count }, () => addPhotograph(profile)));
    label(profile, photographs, (index) => GRADES[index % GRADES.length] ?? 0);
    const imageIds = transaction(profile.database, () => Array.from({ length: 2000 }, () => addPhotograph(profile).id));
    return { imageIds, assignmentOf: startCampaign(profile, imageIds).assignmentOf };
  },
  (profile, pool) => freezeDataset(LOCAL_ACTOR, { profile, pool }, { signal: new AbortController().signal, onProgress: () => undefined }),
);
