import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingImageFacts } from '../../engine/client/training-protocol';
import { AppError } from '../../shared/errors';
import { readFileOnce } from '../read-file';
import { parseLabelList, type LabelledFile, type LabelList } from './label-list';
import { isHeldBack, isLocked } from './partitions';

export interface TrainingSet {
  images: TrainingImageFacts[];
  pathOf: ReadonlyMap<string, string>;
  counts: { training: number; calibration: number; locked: number; unlabelled: number; unreadable: number; duplicates: number };
  unknownColumns: string[];
  /** Sorted lines `sha256 part grade referable source`. */
  manifest: string;
  /** SHA-256 over the manifest: names the data set. */
  manifestSha256: string;
}

/** @throws AppError path-not-found, label-list-invalid */
export async function readLabelList(file: string): Promise<LabelList> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new AppError('path-not-found', { path: file }, error);
  }
  return parseLabelList(decode(bytes));
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError('label-list-invalid', { row: 1, column: '', problem: 'not-utf8' }, error);
  }
}

/**
 * The photographs that training may see, by content. Locked patients are dropped here, before any of their files is opened.
 * One content under several patients would cross the partitions: it stays with the first, and if any of them is locked it is dropped.
 *
 * @param calibrationShare of the training patients
 * @param onProgress files hashed so far, of all
 */
export async function gatherTrainingSet(
  list: LabelList,
  imageFolder: string,
  calibrationShare: number,
  onProgress: (done: number, total: number) => void,
): Promise<TrainingSet> {
  const open = list.files.filter((file) => !isLocked(file.patient));
  const byHash = new Map<string, { file: LabelledFile; path: string }>();
  let [unreadable, duplicates] = [0, 0];
  for (const [index, file] of open.entries()) {
    const path = join(imageFolder, file.file);
    try {
      const { sha256 } = await readFileOnce(Buffer.from(path));
      if (byHash.has(sha256)) duplicates += 1;
      else byHash.set(sha256, { file, path });
    } catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown;
      unreadable += 1;
    }
    onProgress(index + 1, open.length);
  }
  const images = [...byHash].map(([sha256, { file }]): TrainingImageFacts => ({
    sha256,
    source: file.source,
    grade: file.grade,
    referable: file.referable,
    certainty: file.certainty,
    part: isHeldBack(file.patient, calibrationShare) ? 'calibration' : 'training',
  }));
  const manifest = images
    .map((image) => `${image.sha256} ${image.part} ${image.grade ?? ''} ${image.referable ? 1 : 0} ${image.source}\n`)
    .sort()
    .join('');
  return {
    images,
    pathOf: new Map([...byHash].map(([sha256, { path }]) => [sha256, path])),
    counts: {
      training: images.filter((image) => image.part === 'training').length,
      calibration: images.filter((image) => image.part === 'calibration').length,
      locked: list.files.length - open.length,
      unlabelled: list.unlabelled,
      unreadable,
      duplicates,
    },
    unknownColumns: list.unknownColumns,
    manifest,
    manifestSha256: createHash('sha256').update(manifest).digest('hex'),
  };
}
