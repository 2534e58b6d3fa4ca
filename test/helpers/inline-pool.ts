import type { BlobStore } from '../../electron/db/profile/blob-store';
import type { Profile } from '../../electron/db/profile/profile';
import { findAlike } from '../../electron/services/data-sets/fingerprint';
import { inspectPicture } from '../../electron/services/data-sets/inspect-picture';
import { makeFingerprints } from '../../electron/services/data-sets/look-work';
import { withoutMetadata } from '../../electron/services/data-sets/without-metadata';
import { openPackage, sealPackage } from '../../electron/services/packages/container';
import { readFileOnce } from '../../electron/services/read-file';
import type { WorkerPool } from '../../electron/services/worker-pool';
import { agreementReport } from '../../electron/shared/statistics/agreement-report';

type Inline = Pick<
  WorkerPool,
  'read' | 'store' | 'cleanPicture' | 'inspectPicture' | 'fingerprints' | 'alike' | 'agreement' | 'sealPackage' | 'openPackage'
>;

/** The same work as the threads do, here: what is tested is what comes of it. */
export function inlinePool({ blobs }: Profile): Inline {
  const store: BlobStore = blobs;
  return {
    read: (path) => readFileOnce(path),
    store: ({ sha256, content }) => store.putAll(sha256, content),
    cleanPicture: async ({ sha256 }) => withoutMetadata(await store.get('original', sha256)),
    inspectPicture,
    fingerprints: (input) => makeFingerprints(store, input),
    alike: ({ fingerprints, from }) => Promise.resolve(findAlike(fingerprints, from)),
    agreement: (input) => Promise.resolve(agreementReport(input)),
    sealPackage,
    openPackage,
  };
}
