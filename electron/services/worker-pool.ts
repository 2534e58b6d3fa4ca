import { Piscina } from 'piscina';

import type { BlobStoreOptions } from '../db/profile/blob-store';
import { AppError } from '../shared/errors';
import type { CopiedFile, CopyDatabaseInput, CopyFileInput } from './backup/copy-work';
import type { Result } from '../shared/result';
import type { FilePictureInput, PictureBytes, PictureInput } from './picture-work';
import type { ParsedName } from '../shared/naming/parse-names';
import type { FileContent } from './read-file';
import type { PictureRequest, PictureUris } from './report/pictures';
import type { FolderNames } from './screening/claims';
import type { AgreementInput, AgreementReport } from '../shared/statistics/agreement-report';
import type { DatabaseAccess } from '../db/reader';
import type { UnprintedImage } from '../db/queries/look-alikes';
import type { DatasetDiff, DatasetSummary } from '../shared/domain/data-sets';
import type { Fingerprint } from './data-sets/fingerprint';
import type { InspectedPicture } from './data-sets/inspect-picture';
import type { AlikeImages, FingerprintsInput } from './data-sets/look-work';
import type { FreezePlan } from './data-sets/plan-freeze';
import type { CampaignAsked, CampaignChoice, CampaignPlan, CampaignPreview } from './reading/plan-campaign';
import type { OpenedPackage, SealInput } from './packages/container';
import type { CleanPicture } from './data-sets/without-metadata';

interface BlobContent {
  original?: Uint8Array;
  thumbnail?: Uint8Array;
}

export interface StoreInput {
  blobs: BlobStoreOptions;
  sha256: string;
  content: BlobContent;
}

export interface PicturesInput {
  blobs: BlobStoreOptions;
  requests: readonly PictureRequest[];
}

/** Work that reads the database beside the one writer. */
export interface DatabaseInput {
  database: DatabaseAccess;
}

export interface AlikeInput extends DatabaseInput {
  /** Photographs that have not been compared yet. */
  fresh: readonly string[];
}

export interface PlanFreezeInput extends DatabaseInput {
  /** The profile's. */
  subjectKey: Uint8Array;
}

export interface PlanCampaignInput extends DatabaseInput {
  asked: CampaignAsked;
}

export interface PreviewCampaignInput extends DatabaseInput {
  choice: CampaignChoice;
}

export interface CleanPictureInput {
  blobs: BlobStoreOptions;
  sha256: string;
}

/**
 * The threads wait for the disk most of the time (a flush takes milliseconds and no processor), so there
 * are more of them than a two-core laptop has cores.
 */
const THREADS = 3;

/** Threads that read, hash, encrypt and write for the main thread. */
export class WorkerPool {
  readonly #pool: Piscina;

  /** @param entry the built worker, `out/main/worker.js` */
  constructor(entry: string) {
    this.#pool = new Piscina({ filename: entry, minThreads: 1, maxThreads: THREADS, idleTimeout: 5000 });
  }

  /** @throws AppError `image-*` as readFileOnce does */
  async read(path: Uint8Array): Promise<FileContent> {
    return this.#run('read', { path });
  }

  /** @throws AppError `disk-full`, `profile-read-only` */
  async store(input: StoreInput): Promise<void> {
    await this.#run('store', input);
  }

  /** @throws AppError `not-found`, `blob-damaged` */
  async picture(input: PictureInput): Promise<PictureBytes> {
    return this.#run('picture', input);
  }

  /** A photograph outside the profile. @throws AppError image-* */
  async filePicture(input: FilePictureInput): Promise<PictureBytes> {
    return this.#run('filePicture', input);
  }

  /** Patient and eye by the names of whole folders, in the order given. */
  async readNames(folders: readonly FolderNames[]): Promise<ParsedName[][]> {
    return this.#run('names', folders);
  }

  /** Thumbnails and drawn heat maps as data URIs; one that cannot be read is null. */
  async pictures(input: PicturesInput): Promise<PictureUris[]> {
    return this.#run('pictures', input);
  }

  /** null for a photograph whose thumbnail cannot be read. */
  async fingerprints(input: FingerprintsInput): Promise<(Fingerprint | null)[]> {
    return this.#run('fingerprints', input);
  }

  /** Labelled photographs that have no fingerprint yet. */
  async withoutFingerprint(input: DatabaseInput): Promise<UnprintedImage[]> {
    return this.#run('withoutFingerprint', input);
  }

  async alike(input: AlikeInput): Promise<AlikeImages[]> {
    return this.#run('alike', input);
  }

  /** @throws AppError dataset-no-labels, dataset-all-left-out */
  async planFreeze(input: PlanFreezeInput): Promise<FreezePlan> {
    return this.#run('freezePlan', input);
  }

  /** How many photographs have a reference label now. */
  async labelCount(input: DatabaseInput): Promise<number> {
    return this.#run('labelCount', input);
  }

  /** @throws AppError not-found */
  async datasetSummary(input: DatabaseInput & { datasetId: string | null }): Promise<DatasetSummary> {
    return this.#run('datasetSummary', input);
  }

  /** @throws AppError not-found */
  async datasetDiff(input: DatabaseInput & { beforeId: string; afterId: string }): Promise<DatasetDiff> {
    return this.#run('datasetDiff', input);
  }

  /** @throws AppError campaign-empty */
  async planCampaign(input: PlanCampaignInput): Promise<CampaignPlan> {
    return this.#run('campaignPlan', input);
  }

  async previewCampaign(input: PreviewCampaignInput): Promise<CampaignPreview> {
    return this.#run('campaignPreview', input);
  }

  /** @throws AppError `not-found`, `blob-damaged`, `internal` for what cannot be decoded */
  async cleanPicture(input: CleanPictureInput): Promise<CleanPicture> {
    return this.#run('cleanPicture', input);
  }

  /** @throws AppError `image-undecodable` */
  async inspectPicture(bytes: Uint8Array): Promise<InspectedPicture> {
    return this.#run('inspect', { bytes });
  }

  async sealPackage(input: SealInput): Promise<Uint8Array> {
    return this.#run('seal', input);
  }

  /** @throws AppError package-damaged, package-passphrase-wrong, package-older, package-newer, package-altered */
  async openPackage(input: { bytes: Uint8Array; passphrase: string }): Promise<OpenedPackage> {
    return this.#run('unseal', input);
  }

  async agreement(input: AgreementInput): Promise<AgreementReport> {
    return this.#run('agreement', input);
  }

  /** @throws AppError disk-full, database-* */
  async copyDatabase(input: CopyDatabaseInput): Promise<void> {
    await this.#run('copyDatabase', input);
  }

  /** @throws AppError backup-target-*, backup-damaged, blob-damaged */
  async copyVerified(input: CopyFileInput): Promise<CopiedFile> {
    return this.#run('copyVerified', input);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #run<T>(name: string, task: unknown): Promise<T> {
    const result = (await this.#pool.run(task, { name })) as Result<T>;
    if (!result.ok) throw new AppError(result.error.code, result.error.params);
    return result.value;
  }
}
