import type { Profile } from '../../db/profile/profile';
import type { ReadableDatabase } from '../../db/sql';
import { getDataset, listDatasets as queryDatasets, listItems } from '../../db/queries/data-sets';
import { listWithdrawn } from '../../db/queries/labels';
import { GATE } from '../../shared/clinical/promotion-gate';
import type { Actor } from '../../shared/domain/codes';
import {
  type Dataset,
  type DatasetChange,
  type DatasetDiff,
  type DatasetItem,
  type DatasetSummary,
  type GroupCounts,
  LABEL_METHODS,
  type Part,
  type PartCounts,
  PARTS,
} from '../../shared/domain/data-sets';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { WorkerPool } from '../worker-pool';

/** Newest first. */
export function listDatasets(actor: Actor, profile: Profile): Dataset[] {
  requireRole(actor, 'admin', 'doctor');
  return queryDatasets(profile.database);
}

interface Around<Job extends keyof WorkerPool> {
  profile: Profile;
  pool: Pick<WorkerPool, Job>;
}

/** How many photographs have a reference label now. */
export async function labelCount(actor: Actor, { profile, pool }: Around<'labelCount'>): Promise<number> {
  requireRole(actor, 'admin', 'doctor');
  return pool.labelCount({ database: profile.databaseAccess });
}

/** A data set at a glance, read in a thread. @param datasetId null: the newest @throws AppError not-found */
export async function datasetAtAGlance(
  actor: Actor,
  { profile, pool }: Around<'datasetSummary'>,
  datasetId: string | null,
): Promise<DatasetSummary> {
  requireRole(actor, 'admin', 'doctor');
  return pool.datasetSummary({ database: profile.databaseAccess, datasetId });
}

/** What happened from one version to another, by content, read in a thread. @throws AppError not-found */
export async function datasetChanges(
  actor: Actor,
  { profile, pool }: Around<'datasetDiff'>,
  beforeId: string,
  afterId: string,
): Promise<DatasetDiff> {
  requireRole(actor, 'admin', 'doctor');
  return pool.datasetDiff({ database: profile.databaseAccess, beforeId, afterId });
}

/** The same as `datasetAtAGlance`, here and now. @throws AppError not-found */
export function datasetSummary(actor: Actor, profile: Profile, datasetId: string | null): DatasetSummary {
  requireRole(actor, 'admin', 'doctor');
  return summaryOf(profile.database, datasetId);
}

/** @throws AppError not-found */
export function summaryOf(db: ReadableDatabase, datasetId: string | null): DatasetSummary {
  const dataset = datasetId === null ? queryDatasets(db)[0] : getDataset(db, datasetId);
  if (!dataset) throw new AppError('not-found', { what: 'dataset' });
  const items = listItems(db, dataset.id);
  const parts = PARTS.map((part) => countPart(part, items));
  const locked = parts.find((counts) => counts.part === 'locked');
  return {
    ...dataset,
    images: items.length,
    patients: new Set(items.map((item) => item.subject)).size,
    parts,
    cameras: countBy(items, (item) => item.camera),
    sources: countBy(items, (item) => item.source),
    methods: LABEL_METHODS.map((method) => ({ method, images: items.filter((item) => item.method === method).length })).filter(
      ({ images }) => images > 0,
    ),
    gate: {
      referable: locked?.referablePatients ?? 0,
      referableWanted: GATE.referable,
      other: locked?.otherPatients ?? 0,
      otherWanted: GATE.nonReferable,
    },
    withdrawn: listWithdrawn(db, dataset.id).size,
  };
}

function countPart(part: Part, all: readonly DatasetItem[]): PartCounts {
  const items = all.filter((item) => item.part === part);
  const referable = new Set(items.filter((item) => item.referable === true).map((item) => item.subject));
  const graded = new Set(items.filter((item) => item.gradable).map((item) => item.subject));
  const grades: PartCounts['grades'] = [0, 0, 0, 0, 0];
  for (const { grade } of items) if (grade !== null) grades[grade] += 1;
  return {
    part,
    images: items.length,
    patients: new Set(items.map((item) => item.subject)).size,
    ungradable: items.filter((item) => !item.gradable).length,
    grades,
    unknown: items.filter((item) => item.gradable && item.grade === null).length,
    referablePatients: referable.size,
    otherPatients: [...graded].filter((subject) => !referable.has(subject)).length,
  };
}

function countBy(items: readonly DatasetItem[], nameOf: (item: DatasetItem) => string): GroupCounts[] {
  const groups = new Map<string, DatasetItem[]>();
  for (const item of items) groups.set(nameOf(item), [...(groups.get(nameOf(item)) ?? []), item]);
  return [...groups]
    .map(([name, own]) => ({
      name,
      images: own.length,
      patients: new Set(own.map((item) => item.subject)).size,
      referable: own.filter((item) => item.referable === true).length,
    }))
    .sort((a, b) => b.images - a.images || a.name.localeCompare(b.name));
}

/** The changes shown at once. */
const SHOWN_CHANGES = 200;

/** @throws AppError not-found */
export function diffOf(db: ReadableDatabase, beforeId: string, afterId: string): DatasetDiff {
  const [before, after] = [beforeId, afterId].map((id) => {
    if (!getDataset(db, id)) throw new AppError('not-found', { what: 'dataset' });
    return new Map(listItems(db, id).map((item) => [item.imageSha256, item]));
  });
  const diff: DatasetDiff = { added: 0, removed: 0, regraded: 0, moved: 0, unchanged: 0, changes: [], more: 0 };
  for (const imageSha256 of [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].sort()) {
    const [old, now] = [before?.get(imageSha256), after?.get(imageSha256)];
    const change: DatasetChange = { imageSha256, before: shown(old), after: shown(now) };
    if (old === undefined) diff.added += 1;
    else if (now === undefined) diff.removed += 1;
    else if (old.grade !== now.grade || old.gradable !== now.gradable) diff.regraded += 1;
    else if (old.part !== now.part) diff.moved += 1;
    else {
      diff.unchanged += 1;
      continue;
    }
    if (diff.changes.length < SHOWN_CHANGES) diff.changes.push(change);
    else diff.more += 1;
  }
  return diff;
}

function shown(item: DatasetItem | undefined): DatasetChange['before'] {
  return item === undefined ? null : { part: item.part, grade: item.grade, gradable: item.gradable, method: item.method };
}
