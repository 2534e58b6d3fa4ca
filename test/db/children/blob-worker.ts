import { parentPort, workerData } from 'node:worker_threads';
import { BlobStore, type BlobStoreOptions } from '../../../electron/db/profile/blob-store';

/** Stores one photograph from a worker thread, with nothing but cloned options. */
const { options, sha256, original } = workerData as { options: BlobStoreOptions; sha256: string; original: Uint8Array };
await new BlobStore(options).putAll(sha256, { original });
parentPort?.postMessage('stored');
