import '../engine/client/sharp-in-electron';
import { move, transferableSymbol, valueSymbol } from 'piscina';

import { BlobStore, type BlobStoreOptions } from '../db/profile/blob-store';
import { toAppError } from '../shared/errors';
import type { Result } from '../shared/result';
import type { FilePictureInput, PictureBytes, PictureInput } from './picture-work';
import { type FileContent, readFileOnce } from './read-file';
import type { ParsedName } from '../shared/naming/parse-names';
import type { PictureUris } from './report/pictures';
import { type FolderNames, readNames } from './screening/claims';
import type {
  AlikeInput,
  CleanPictureInput,
  DatabaseInput,
  PicturesInput,
  PlanCampaignInput,
  PlanFreezeInput,
  PreviewCampaignInput,
  StoreInput,
} from './worker-pool';
import { type AgreementInput, agreementReport, type AgreementReport } from '../shared/statistics/agreement-report';
import type { CopiedFile, CopyDatabaseInput, CopyFileInput } from './backup/copy-work';
import type { UnprintedImage } from '../db/queries/look-alikes';
import type { DatasetDiff, DatasetSummary } from '../shared/domain/data-sets';
import type { Fingerprint } from './data-sets/fingerprint';
import type { InspectedPicture } from './data-sets/inspect-picture';
import type * as DatabaseWork from './data-sets/database-work';
import type { AlikeImages, FingerprintsInput } from './data-sets/look-work';
import type { FreezePlan } from './data-sets/plan-freeze';
import type { CampaignPlan, CampaignPreview } from './reading/plan-campaign';
import type { OpenedPackage, SealInput } from './packages/container';
import type { CleanPicture } from './data-sets/without-metadata';

/**
 * Entry of the worker threads: reading, hashing and encrypting, so that the main thread never computes for long.
 * Errors come back as data, because a thrown object loses its code on the way between threads.
 */
async function settled<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    return { ok: false, error: toAppError(thrown).toData() };
  }
}

/** Reads and hashes one file; its bytes are moved to the main thread, not copied. */
export async function read(input: { path: Uint8Array }): Promise<Result<FileContent>> {
  const result = await settled(() => readFileOnce(input.path));
  if (!result.ok) return result;
  const moved = { [transferableSymbol]: [result.value.bytes.buffer], [valueSymbol]: result };
  return move(moved) as unknown as Result<FileContent>;
}

/** A consistent copy of an open database, encrypted with the same key, made by a reader of its own beside the one writer. */
export async function copyDatabase(input: CopyDatabaseInput): Promise<Result<null>> {
  return settled(async () => {
    const { copyEncryptedDatabase } = await import('./backup/copy-work');
    await copyEncryptedDatabase(input);
    return null;
  });
}

/** Copies a file durably, and reads it back from where it lies now. */
export async function copyVerified(input: CopyFileInput): Promise<Result<CopiedFile>> {
  return settled(async () => {
    const { copyFileVerified } = await import('./backup/copy-work');
    return copyFileVerified(input);
  });
}

let openStore: { folder: string; store: BlobStore } | null = null;

function blobStore(options: BlobStoreOptions): BlobStore {
  if (openStore?.folder !== options.folder) openStore = { folder: options.folder, store: new BlobStore(options) };
  return openStore.store;
}

/** Encrypts and stores an image's files under its content's hash; they are on the disk when this returns. */
export async function store(input: StoreInput): Promise<Result<null>> {
  return settled(async () => {
    await blobStore(input.blobs).putAll(input.sha256, input.content);
    return null;
  });
}

/** Decrypts one photograph and scales it for the window. */
export async function picture(input: PictureInput): Promise<Result<PictureBytes>> {
  return settled(async () => {
    const { renderPicture } = await import('./picture-work');
    return renderPicture(blobStore(input.blobs), input);
  });
}

/** Scales a photograph outside the profile for the window. */
export async function filePicture(input: FilePictureInput): Promise<Result<PictureBytes>> {
  return settled(async () => {
    const { renderFile } = await import('./picture-work');
    return renderFile(input);
  });
}

/** Reads patient and eye from the names of whole folders. */
export async function names(folders: readonly FolderNames[]): Promise<Result<ParsedName[][]>> {
  return settled(() => Promise.resolve(readNames(folders)));
}

/** Reads thumbnails and draws heat maps for a report. */
export async function pictures(input: PicturesInput): Promise<Result<PictureUris[]>> {
  return settled(async () => {
    // Loaded only where it is needed: the threads that read and store start faster without it.
    const { encodePictures } = await import('./report/encode-pictures');
    return encodePictures(blobStore(input.blobs), input.requests);
  });
}

/** What two photographs are compared by, from their stored thumbnails. */
export async function fingerprints(input: FingerprintsInput): Promise<Result<(Fingerprint | null)[]>> {
  return settled(async () => {
    const { makeFingerprints } = await import('./data-sets/look-work');
    return makeFingerprints(blobStore(input.blobs), input);
  });
}

/** What is asked of thousands of labels is read here, beside the one writer. Loaded only where it is needed. */
async function dataSetsWork<T>(work: (tools: typeof DatabaseWork) => T): Promise<Result<T>> {
  return settled(async () => work(await import('./data-sets/database-work')));
}

export async function withoutFingerprint(input: DatabaseInput): Promise<Result<UnprintedImage[]>> {
  return dataSetsWork((tools) => tools.readWithoutFingerprint(input));
}

/** Pairs of photographs that look like one. */
export async function alike(input: AlikeInput): Promise<Result<AlikeImages[]>> {
  return dataSetsWork((tools) => tools.readAlike(input));
}

/** What a freeze is going to store. */
export async function freezePlan(input: PlanFreezeInput): Promise<Result<FreezePlan>> {
  return dataSetsWork((tools) => tools.readFreezePlan(input));
}

export async function labelCount(input: DatabaseInput): Promise<Result<number>> {
  return dataSetsWork((tools) => tools.readLabelCount(input));
}

export async function datasetSummary(input: DatabaseInput & { datasetId: string | null }): Promise<Result<DatasetSummary>> {
  return dataSetsWork((tools) => tools.readSummary(input));
}

export async function datasetDiff(input: DatabaseInput & { beforeId: string; afterId: string }): Promise<Result<DatasetDiff>> {
  return dataSetsWork((tools) => tools.readDiff(input));
}

/** What a reading series is going to store. */
export async function campaignPlan(input: PlanCampaignInput): Promise<Result<CampaignPlan>> {
  return settled(async () => {
    const { readCampaignPlan } = await import('./reading/database-work');
    return readCampaignPlan(input);
  });
}

/** What a reading series would take. */
export async function campaignPreview(input: PreviewCampaignInput): Promise<Result<CampaignPreview>> {
  return settled(async () => {
    const { readCampaignPreview } = await import('./reading/database-work');
    return readCampaignPreview(input);
  });
}

/** A stored photograph with nothing in it but pixels. */
export async function cleanPicture(input: CleanPictureInput): Promise<Result<CleanPicture>> {
  return settled(async () => {
    const { withoutMetadata } = await import('./data-sets/without-metadata');
    return withoutMetadata(await blobStore(input.blobs).get('original', input.sha256));
  });
}

/** What a photograph from elsewhere is. */
export async function inspect(input: { bytes: Uint8Array }): Promise<Result<InspectedPicture>> {
  return settled(async () => {
    const { inspectPicture } = await import('./data-sets/inspect-picture');
    return inspectPicture(input.bytes);
  });
}

/** How readers agree: a thousand rounds of bootstrap. */
export async function agreement(input: AgreementInput): Promise<Result<AgreementReport>> {
  return settled(() => Promise.resolve(agreementReport(input)));
}

/** Signs and encrypts what travels on a stick; seconds, because of the passphrase. */
export async function seal(input: SealInput): Promise<Result<Uint8Array>> {
  return settled(async () => {
    const { sealPackage } = await import('./packages/container');
    return sealPackage(input);
  });
}

/** The reverse. */
export async function unseal(input: { bytes: Uint8Array; passphrase: string }): Promise<Result<OpenedPackage>> {
  return settled(async () => {
    const { openPackage } = await import('./packages/container');
    return openPackage(input);
  });
}
