import { listWithoutFingerprint, type UnprintedImage } from '../../db/queries/look-alikes';
import { countLabels } from '../../db/queries/labels';
import { readBeside } from '../../db/reader';
import type { DatasetDiff, DatasetSummary } from '../../shared/domain/data-sets';
import type { AlikeInput, DatabaseInput, PlanFreezeInput } from '../worker-pool';
import { FINGERPRINT_VERSION } from './fingerprint';
import { type AlikeImages, alikeImages } from './look-work';
import { type FreezePlan, planFreeze } from './plan-freeze';
import { diffOf, summaryOf } from './summary';

/** What the threads read of data sets: seconds of work where there are ten thousand labels. */

export function readWithoutFingerprint({ database }: DatabaseInput): UnprintedImage[] {
  return readBeside(database, (db) => listWithoutFingerprint(db, FINGERPRINT_VERSION));
}

export function readAlike({ database, fresh }: AlikeInput): AlikeImages[] {
  return readBeside(database, (db) => alikeImages(db, fresh));
}

export function readFreezePlan({ database, subjectKey }: PlanFreezeInput): FreezePlan {
  return readBeside(database, (db) => planFreeze(db, subjectKey));
}

export function readLabelCount({ database }: DatabaseInput): number {
  return readBeside(database, countLabels);
}

export function readSummary({ database, datasetId }: DatabaseInput & { datasetId: string | null }): DatasetSummary {
  return readBeside(database, (db) => summaryOf(db, datasetId));
}

export function readDiff({ database, beforeId, afterId }: DatabaseInput & { beforeId: string; afterId: string }): DatasetDiff {
  return readBeside(database, (db) => diffOf(db, beforeId, afterId));
}
