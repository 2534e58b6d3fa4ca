import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Profile } from '../../db/profile/profile';
import { listDatasets, partsEver } from '../../db/queries/data-sets';
import { addImage, findImageBySha256 } from '../../db/queries/images';
import { type Actor, EYES } from '../../shared/domain/codes';
import { type Dataset, type DatasetItem, type LabelMethod, type Part, PARTS } from '../../shared/domain/data-sets';
import { type Grade, GRADES, MACULAR_SIGNS } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { withPauses } from '../pause';
import type { LabelledFile } from '../train/label-list';
import { isHeldBack, isLocked } from '../train/partitions';
import { readLabelList } from '../train/training-set';
import { readFile } from 'node:fs/promises';
import type { WorkerPool } from '../worker-pool';
import type { InspectedPicture } from './inspect-picture';
import { manifestHashWithPauses } from './manifest';
import { piecesOf } from './pieces';
import { inPieces, oneAfterTheOther, storeDataset } from './store-data-set';
import { subjectNamer } from './subjects';

/** Of a list that names no partition: so many of the open patients are kept for validation. */
const VALIDATION_SHARE = 0.15;

export interface ImportOptions {
  /** The list, e.g. `labels.csv` of an export. */
  data: string;
  /** Where its photographs lie. */
  images: string;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

export interface Imported extends Dataset {
  images: number;
  /** The very same data set was here already. */
  unchanged: boolean;
}

interface Arrived {
  file: LabelledFile;
  extras: Record<string, string>;
  sha256: string;
  byteSize: number;
  facts: InspectedPicture;
}

/**
 * Takes in a data set made elsewhere: the photographs are stored, their labels frozen as a version of their own. No patient is made of them. Anything wrong stops it before
 * a row is written.
 *
 * @throws AppError not-permitted, path-not-found, label-list-invalid, dataset-image-missing, dataset-image-altered, dataset-image-undecodable,
 *   dataset-duplicate-across-partitions, disk-full, cancelled
 */
export async function importDataset(
  actor: Actor,
  { profile, pool }: { profile: Profile; pool: Pick<WorkerPool, 'read' | 'store' | 'inspectPicture'> },
  { data, images, signal, onProgress }: ImportOptions,
): Promise<Imported> {
  requireRole(actor, 'admin');
  const list = await readLabelList(data);
  const extras = await extrasOf(data);
  const arrived: Arrived[] = [];
  for (const [index, file] of list.files.entries()) {
    if (signal.aborted) throw new AppError('cancelled');
    const content = await pool.read(Buffer.from(join(images, file.file))).catch((thrown: unknown) => {
      throw new AppError('dataset-image-missing', { image: file.file }, thrown);
    });
    const own = extras.get(file.file) ?? {};
    if (own['sha256'] && own['sha256'] !== content.sha256) throw new AppError('dataset-image-altered', { image: file.file });
    const facts = await pool.inspectPicture(content.bytes).catch((thrown: unknown) => {
      throw new AppError('dataset-image-undecodable', { image: file.file }, thrown);
    });
    await pool.store({
      blobs: profile.blobStoreOptions,
      sha256: content.sha256,
      content: { original: content.bytes, ...(facts.thumbnail === null ? {} : { thumbnail: facts.thumbnail }) },
    });
    arrived.push({ file, extras: own, sha256: content.sha256, byteSize: content.bytes.byteLength, facts });
    onProgress(index + 1, list.files.length);
  }
  return oneAfterTheOther(profile, () => store(actor, profile, arrived, signal));
}

/** Everything is checked before the first row is stored; then in pieces, and there when the last one is. */
async function store(actor: Actor, profile: Profile, arrived: readonly Arrived[], signal: AbortSignal): Promise<Imported> {
  const { database: db } = profile;
  const firsts = await withoutCopies(profile, arrived);
  const watch = { signal, onProgress: () => undefined };
  const nameOf = subjectNamer(profile.subjectKey);
  const items: DatasetItem[] = [];
  await inPieces(db, piecesOf([...firsts.values()]), watch, (piece) => {
    for (const one of piece) items.push(itemOf(profile, one, nameOf));
  });
  const manifestSha256 = await manifestHashWithPauses(items);
  const same = listDatasets(db).find((dataset) => dataset.manifestSha256 === manifestSha256);
  if (same) return { ...same, images: items.length, unchanged: true };
  const facts = { origin: 'imported' as const, manifestSha256, leftOut: {}, images: items.length };
  const dataset = await storeDataset(actor, profile, facts, piecesOf(items), (piece) => piece, watch);
  return { ...dataset, images: items.length, unchanged: false };
}

/** By content, each once. @throws AppError dataset-duplicate-across-partitions */
async function withoutCopies({ database: db }: Profile, arrived: readonly Arrived[]): Promise<Map<string, Arrived>> {
  const before = partsEver(db);
  const firsts = new Map<string, Arrived>();
  for await (const one of withPauses(arrived)) {
    const part = partOf(one);
    const first = firsts.get(one.sha256);
    const known = findImageBySha256(db, one.sha256);
    const others: (Part | undefined)[] = [first && partOf(first), ...(known ? (before.get(known.id) ?? []) : [])];
    if (others.some((other) => other !== undefined && (other === 'locked') !== (part === 'locked')))
      throw new AppError('dataset-duplicate-across-partitions', { image: one.file.file, other: first?.file.file ?? '' });
    if (!first) firsts.set(one.sha256, one);
  }
  return firsts;
}

function itemOf({ database, site }: Profile, one: Arrived, nameOf: (unit: string, part: Part) => string): DatasetItem {
  const { file, extras, sha256 } = one;
  const part = partOf(one);
  const { format, width, height } = one.facts;
  const camera = extras['camera'] ?? '';
  const image = addImage(database, {
    siteId: site.id,
    sha256,
    byteSize: one.byteSize,
    format,
    width,
    height,
    takenAt: null,
    camera: camera === '' ? null : camera,
  });
  const gradable = extras['gradable'] !== '0';
  return {
    imageId: image.id,
    imageSha256: sha256,
    subject: nameOf(`import:${file.source}:${file.patient}`, part),
    eye: EYES.find((eye) => eye === file.eye.toLowerCase()) ?? null,
    part,
    weight: Math.max(1, Number(extras['weight']) || 1),
    method: methodOf(file.method),
    certainty: file.certainty,
    gradable,
    grade: gradable ? (GRADES.find((grade): grade is Grade => grade === file.grade) ?? null) : null,
    macular: MACULAR_SIGNS.find((sign) => sign === extras['macular']) ?? null,
    referable: gradable ? file.referable : null,
    camera,
    source: file.source,
  };
}

/** The public rule binds whatever a list says: its locked patients are locked here too. */
function partOf({ file, extras }: Arrived): Part {
  const said = PARTS.find((part) => part === extras['partition']);
  if (said === 'locked' || isLocked(file.patient)) return 'locked';
  return said ?? (isHeldBack(file.patient, VALIDATION_SHARE) ? 'validation' : 'train');
}

function methodOf(text: string): LabelMethod {
  if (text === 'adjudicated' || text === 'single') return text;
  return text === 'consensus' || text === 'agreement' ? 'agreement' : 'unknown';
}

/** The columns that the list has beside those of `netra train`, by file. The list has been checked before. */
async function extrasOf(data: string): Promise<Map<string, Record<string, string>>> {
  const rows = parse<Record<string, string>>(await readFile(data), {
    bom: true,
    columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
    relax_column_count: true,
    skip_empty_lines: true,
    trim: true,
  });
  return new Map(rows.map((row) => [row['file'] ?? '', row]));
}
