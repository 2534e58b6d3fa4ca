import type { BlobStore } from '../../electron/db/profile/blob-store';
import type { Profile } from '../../electron/db/profile/profile';
import { listWithoutFingerprint } from '../../electron/db/queries/look-alikes';
import { countLabels } from '../../electron/db/queries/labels';
import { FINGERPRINT_VERSION } from '../../electron/services/data-sets/fingerprint';
import { inspectPicture } from '../../electron/services/data-sets/inspect-picture';
import { alikeImages, makeFingerprints } from '../../electron/services/data-sets/look-work';
import { planCampaign, previewOf } from '../../electron/services/reading/plan-campaign';
import { planFreeze } from '../../electron/services/data-sets/plan-freeze';
import { diffOf, summaryOf } from '../../electron/services/data-sets/summary';
import { withoutMetadata } from '../../electron/services/data-sets/without-metadata';
import { openPackage, sealPackage } from '../../electron/services/packages/container';
import { readFileOnce } from '../../electron/services/read-file';
import type { WorkerPool } from '../../electron/services/worker-pool';
import { agreementReport } from '../../electron/shared/statistics/agreement-report';

type Inline = Pick<
  WorkerPool,
  | 'read'
  | 'store'
  | 'cleanPicture'
  | 'inspectPicture'
  | 'withoutFingerprint'
  | 'fingerprints'
  | 'alike'
  | 'planFreeze'
  | 'planCampaign'
  | 'previewCampaign'
  | 'labelCount'
  | 'datasetSummary'
  | 'datasetDiff'
  | 'agreement'
  | 'sealPackage'
  | 'openPackage'
>;

/** The same work as the threads do, here: what is tested is what comes of it. @param random of a freeze */
export function inlinePool({ blobs, database }: Profile, random?: () => number): Inline {
  const store: BlobStore = blobs;
  return {
    read: (path) => readFileOnce(path),
    store: ({ sha256, content }) => store.putAll(sha256, content),
    cleanPicture: async ({ sha256 }) => withoutMetadata(await store.get('original', sha256)),
    inspectPicture,
    fingerprints: (input) => makeFingerprints(store, input),
    withoutFingerprint: () => Promise.resolve(listWithoutFingerprint(database, FINGERPRINT_VERSION)),
    alike: ({ fresh }) => Promise.resolve(alikeImages(database, fresh)),
    planFreeze: async ({ subjectKey }) => Promise.resolve().then(() => planFreeze(database, subjectKey, random)),
    planCampaign: async ({ asked }) => Promise.resolve().then(() => planCampaign(database, asked)),
    previewCampaign: ({ choice }) => Promise.resolve(previewOf(database, choice)),
    labelCount: () => Promise.resolve(countLabels(database)),
    datasetSummary: ({ datasetId }) => Promise.resolve(summaryOf(database, datasetId)),
    datasetDiff: ({ beforeId, afterId }) => Promise.resolve(diffOf(database, beforeId, afterId)),
    agreement: (input) => Promise.resolve(agreementReport(input)),
    sealPackage,
    openPackage,
  };
}
