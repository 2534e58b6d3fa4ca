import type { Profile } from '../../db/profile/profile';
import type { Actor } from '../../shared/domain/codes';
import type { SourceCounts, TrainingSetSummary, TrainingSource } from '../../shared/domain/training';
import { datasetSummary } from '../data-sets/summary';
import { trainingImages } from '../data-sets/training-images';
import { isLocked } from './partitions';
import { readLabelList } from './training-set';

/** A data set in numbers: nothing is opened but the list. @throws AppError path-not-found, label-list-invalid, not-found */
export async function summariseSource(actor: Actor, profile: Profile, source: TrainingSource): Promise<TrainingSetSummary> {
  if (source.kind === 'dataset') return summariseDataset(actor, profile, source.datasetId);
  const { files, unlabelled, unknownColumns } = await readLabelList(source.data);
  const patients = new Set(files.map((file) => file.patient));
  return {
    photographs: files.length,
    patients: patients.size,
    lockedPatients: [...patients].filter(isLocked).length,
    referable: files.filter((file) => file.referable).length,
    unlabelled,
    unknownColumns,
    sources: grouped(files, (file) => file.source).map(([name, of]): SourceCounts => ({
      source: name,
      photographs: of.length,
      referable: of.filter((file) => file.referable).length,
      grades: gradeCounts(of),
    })),
    methods: grouped(files, (file) => file.method).map(([method, of]) => ({ method, photographs: of.length })),
  };
}

function summariseDataset(actor: Actor, profile: Profile, datasetId: string): TrainingSetSummary {
  const summary = datasetSummary(actor, profile, datasetId);
  const items = trainingImages(actor, profile, datasetId);
  const locked = summary.parts.find(({ part }) => part === 'locked');
  return {
    photographs: summary.images,
    patients: summary.patients,
    lockedPatients: locked?.patients ?? 0,
    referable: summary.sources.reduce((sum, { referable }) => sum + referable, 0),
    unlabelled: summary.parts.reduce((sum, { ungradable }) => sum + ungradable, 0),
    unknownColumns: [],
    // Grades of what training sees: the locked part stays closed.
    sources: grouped(items, (item) => item.source).map(([name, of]): SourceCounts => ({
      source: name,
      photographs: of.length,
      referable: of.filter((item) => item.referable === true).length,
      grades: gradeCounts(of),
    })),
    methods: summary.methods.map(({ method, images }) => ({ method, photographs: images })),
  };
}

function gradeCounts(of: readonly { grade: number | null }[]): SourceCounts['grades'] {
  const grades: SourceCounts['grades'] = [0, 0, 0, 0, 0, 0];
  for (const { grade } of of) grades[grade ?? 5] = (grades[grade ?? 5] ?? 0) + 1;
  return grades;
}

function grouped<T>(values: readonly T[], by: (value: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const value of values) groups.set(by(value), [...(groups.get(by(value)) ?? []), value]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
