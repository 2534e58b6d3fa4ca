import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingImageFacts } from '../../engine/client/training-protocol';
import type { Recipe } from '../../shared/domain/recipe';
import type { TrainingCounts } from '../../shared/domain/training';
import { AppError } from '../../shared/errors';
import { readFileOnce } from '../read-file';
import { parseLabelList, type LabelledFile, type LabelList } from './label-list';
import { foldOf, isHeldBack, isLocked } from './partitions';

export interface TrainingSet {
  images: TrainingImageFacts[];
  /** @throws AppError image-vanished (a changed file is another photograph) and what reading may throw */
  read(sha256: string): Promise<Uint8Array>;
  counts: TrainingCounts;
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
 * @param parts how the recipe divides the training patients
 * @param onProgress files hashed so far, of all
 */
export async function gatherTrainingSet(
  list: LabelList,
  imageFolder: string,
  parts: Pick<Recipe, 'calibrationShare' | 'folds'>,
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
    ...partOf(file.patient, parts),
  }));
  return {
    images,
    async read(hash) {
      const { bytes, sha256: now } = await readFileOnce(Buffer.from(byHash.get(hash)?.path ?? ''));
      // A file that was changed since the list was read is another photograph under this label.
      if (now !== hash) throw new AppError('image-vanished');
      return bytes;
    },
    counts: {
      ...countParts(images),
      locked: list.files.length - open.length,
      unlabelled: list.unlabelled,
      unreadable,
      duplicates,
    },
    unknownColumns: list.unknownColumns,
    ...manifestOf(images),
  };
}

/** With folds every training patient is trained on, and speaks on thresholds through the fold that left it out. */
export function partOf(
  patient: string,
  { calibrationShare, folds }: Pick<Recipe, 'calibrationShare' | 'folds'>,
): Pick<TrainingImageFacts, 'part' | 'fold'> {
  if (folds !== undefined) return { part: 'training', fold: foldOf(patient, folds) };
  return { part: isHeldBack(patient, calibrationShare) ? 'calibration' : 'training', fold: 0 };
}

export function countParts(images: readonly TrainingImageFacts[]): Pick<TrainingCounts, 'training' | 'calibration'> {
  const calibration = images.filter((image) => image.part === 'calibration').length;
  return { training: images.length - calibration, calibration };
}

/** Names a data set: sorted lines, and the SHA-256 over them. */
export function manifestOf(images: readonly TrainingImageFacts[]): Pick<TrainingSet, 'manifest' | 'manifestSha256'> {
  const manifest = images
    .map((image) => `${image.sha256} ${image.part} ${image.grade ?? ''} ${image.referable ? 1 : 0} ${image.source}\n`)
    .sort()
    .join('');
  return { manifest, manifestSha256: createHash('sha256').update(manifest).digest('hex') };
}
