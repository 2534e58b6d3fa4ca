import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { countUses, lastTestSet, type PromotionImage } from '../../db/queries/promotions';
import type { ReadableDatabase } from '../../db/sql';
import type { ModelCard } from '../../shared/domain/card';
import { GATE } from '../../shared/clinical/promotion-gate';
import type { Eye } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { readFileOnce } from '../read-file';
import type { LabelledFile } from '../train/label-list';
import { isLocked } from '../train/partitions';
import { readLabelList } from '../train/training-set';

/** Labels that two doctors at least stand for. */
const ADJUDICATED = ['consensus', 'adjudicated'];

/** A photograph of a locked test patient with its label. */
export interface TestImage extends PromotionImage {
  file: string;
  patient: string;
  source: string;
  eye: Eye | null;
}

/** The locked test patients of a list, fixed before any model looks at them. */
export interface TestSet {
  images: TestImage[];
  /** Names it: SHA-256 over content, patient, label and its method. */
  sha256: string;
  /** Patients of whom at least one label is one reader's alone. */
  notAdjudicated: number;
  /** By patient: in how many examinations before. */
  usesOf: ReadonlyMap<string, number>;
}

export interface TestSetOptions {
  data: string;
  images: string | null;
  signal: AbortSignal;
  onFiles: (done: number, total: number) => void;
}

/**
 * Reads the test set and proves that it is one: no photograph under two patients, none missing that was there the last time, none with
 * another label than the last time unless doctors have agreed on it since.
 *
 * @throws AppError path-not-found, label-list-invalid, cancelled, gate-no-locked-patients, gate-files-unreadable, gate-test-set-leak,
 *   gate-test-set-smaller, gate-test-set-relabelled
 */
export async function readTestSet(db: ReadableDatabase, options: TestSetOptions): Promise<TestSet> {
  const list = await readLabelList(options.data);
  const folder = options.images ?? dirname(options.data);
  const patientOf = new Map<string, string>();
  const images: TestImage[] = [];
  let unreadable = 0;
  // Every file is read, those of other patients too: the same photograph under another patient's number may have been trained on.
  for (const [index, file] of list.files.entries()) {
    if (options.signal.aborted) throw new AppError('cancelled');
    const sha256 = await hashOf(join(folder, file.file));
    options.onFiles(index + 1, list.files.length);
    if (sha256 === null) {
      if (isLocked(file.patient)) unreadable += 1;
      continue;
    }
    const other = patientOf.get(sha256);
    if (other !== undefined && (isLocked(other) || isLocked(file.patient))) throw new AppError('gate-test-set-leak', { row: file.row });
    patientOf.set(sha256, file.patient);
    if (isLocked(file.patient)) images.push(testImage(file, sha256));
  }
  if (unreadable > 0) throw new AppError('gate-files-unreadable', { files: unreadable });
  if (images.length === 0) throw new AppError('gate-no-locked-patients');
  requireSameAsBefore(db, images);
  const usesOf = new Map<string, number>();
  for (const { patient, imageSha256 } of images) {
    usesOf.set(patient, Math.max(usesOf.get(patient) ?? 0, countUses(db, imageSha256)));
  }
  return { images, sha256: nameOf(images), notAdjudicated: countNotAdjudicated(images), usesOf };
}

async function hashOf(path: string): Promise<string | null> {
  try {
    return (await readFileOnce(Buffer.from(path))).sha256;
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code.startsWith('image-')) return null;
    throw thrown;
  }
}

function testImage({ file, patient, source, eye, referable, method }: LabelledFile, imageSha256: string): TestImage {
  const patientSha256 = createHash('sha256').update(`netra-test-patient-1:${patient}`).digest('hex');
  return { file, patient, source, eye: eyeOf(eye), referable, method: method || 'unknown', imageSha256, patientSha256 };
}

function eyeOf(text: string): Eye | null {
  if (/^(?:r|right|od)$/i.test(text)) return 'right';
  return /^(?:l|left|os)$/i.test(text) ? 'left' : null;
}

/** A test set only grows, until its patients are used up: nobody can drop the patients on whom a model fails. */
function requireSameAsBefore(db: ReadableDatabase, images: readonly TestImage[]): void {
  const now = new Map(images.map((image) => [image.imageSha256, image]));
  const before = lastTestSet(db);
  const gone = before.filter((image) => !now.has(image.imageSha256) && countUses(db, image.imageSha256) < GATE.uses);
  if (gone.length > 0) throw new AppError('gate-test-set-smaller', { images: gone.length });
  const relabelled = before.filter((old) => {
    const image = now.get(old.imageSha256);
    return image !== undefined && image.referable !== old.referable && !(isAdjudicated(image) && !isAdjudicated(old));
  });
  if (relabelled.length > 0) throw new AppError('gate-test-set-relabelled', { images: relabelled.length });
}

function isAdjudicated({ method }: PromotionImage): boolean {
  return ADJUDICATED.includes(method);
}

function countNotAdjudicated(images: readonly TestImage[]): number {
  return new Set(images.filter((image) => !isAdjudicated(image)).map((image) => image.patient)).size;
}

function nameOf(images: readonly TestImage[]): string {
  const lines = images.map((image) => `${image.imageSha256} ${image.patientSha256} ${image.referable ? 1 : 0} ${image.method}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

/**
 * Proves that a model was trained on none of the test photographs, by the manifest of its training, and the manifest by the hash in the sealed card.
 *
 * @param manifestFile as `train` left it; null where there is none
 * @throws AppError gate-training-unknown, gate-training-overlap
 */
export async function requireNotTrainedOn(testSet: TestSet, card: ModelCard, manifestFile: string | null): Promise<void> {
  const manifest = manifestFile === null ? null : await readFile(manifestFile, 'utf8').catch(() => null);
  const hash = manifest === null ? null : createHash('sha256').update(manifest).digest('hex');
  if (manifest === null || hash !== card.dataset.manifestSha256) throw new AppError('gate-training-unknown');
  const trained = new Set(manifest.split('\n').map((line) => line.slice(0, 64)));
  const overlap = testSet.images.filter((image) => trained.has(image.imageSha256));
  if (overlap.length > 0) throw new AppError('gate-training-overlap', { images: overlap.length });
}
