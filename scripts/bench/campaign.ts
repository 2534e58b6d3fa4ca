import { addQualityCheck } from '../../electron/db/queries/results';
import { transaction } from '../../electron/db/sql';
import { createCampaign } from '../../electron/services/reading/create-campaign';
import { LOCAL_ACTOR } from '../../electron/shared/domain/codes';
import { addPhotograph, startCampaign } from '../../test/helpers/labels';
import { measureBesideAReader } from './beside-a-reader';

/**
 * A reading series of ten thousand photographs made while a reader of another one reads: node scripts/run-ts.mjs scripts/bench/campaign.ts WORKER [IMAGES]. WORKER is
 * out/main/worker.js.
 */
await measureBesideAReader(
  'campaign.ts WORKER [IMAGES]',
  (profile, count) => {
    const { database, site } = profile;
    const photographs = transaction(database, () =>
      Array.from({ length: count }, () => {
        const { id } = addPhotograph(profile);
        const of = { siteId: site.id, imageId: id, preprocessing: 'bench', gate: 'bench' };
        const retina = { centreX: 50, centreY: 40, radius: 30 };
        addQualityCheck(database, { ...of, kind: 'retina', score: 1, gradable: true, reasons: [], retina, ms: 1 });
        return id;
      }),
    );
    const imageIds = photographs.slice(0, 2000);
    return { imageIds, assignmentOf: startCampaign(profile, imageIds).assignmentOf };
  },
  (profile, pool) =>
    createCampaign(
      LOCAL_ACTOR,
      { profile, pool, model: null },
      {
        title: '',
        selection: 'all',
        runIds: [],
        size: null,
        images: null,
        consentDeclared: true,
        readerIds: ['dr-c', 'dr-d'],
        readersPerImage: 2,
        adjudication: 'round-robin',
        adjudicatorId: null,
        fellowEye: false,
        priorVisit: false,
        rereadPercent: 10,
        washoutDays: 14,
        certifiedOnly: false,
      },
      { signal: new AbortController().signal, onProgress: () => undefined },
    ),
);
