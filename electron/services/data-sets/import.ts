import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addDataset, listDatasets, partsEver } from '../../db/queries/data-sets';
import { addImage, findImageBySha256 } from '../../db/queries/images';
import { transaction } from '../../db/sql';
import { type Actor, EYES } from '../../shared/domain/codes';
import { type Dataset, type DatasetItem, type LabelMethod, type Part, PARTS } from '../../shared/domain/data-sets';
import { type Grade, GRADES, MACULAR_SIGNS } from '../../shared/domain/reading';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { LabelledFile } from '../train/label-list';
import { isHeldBack, isLocked } from '../train/partitions';
import { readLabelList } from '../train/training-set';
import { readFile } from 'node:fs/promises';
import type { WorkerPool } from '../worker-pool';
import type { InspectedPicture } from './inspect-picture';
import { manifestHash } from './manifest';
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
  return store(actor, profile, arrived);
}

function store(actor: Actor, profile: Profile, arrived: readonly Arrived[]): Imported {
  const { database: db, site } = profile;
  return transaction(db, () => {
    const nameOf = subjectNamer(profile);
    const before = partsEver(db);
    const items = new Map<string, { item: DatasetItem; file: string }>();
    for (const one of arrived) {
      const { file, extras, sha256 } = one;
      const part = partOf(one);
      const first = items.get(sha256);
      const known = findImageBySha256(db, sha256);
      const others: (Part | undefined)[] = [first?.item.part, ...(known ? (before.get(known.id) ?? []) : [])];
      if (others.some((other) => other !== undefined && (other === 'locked') !== (part === 'locked')))
        throw new AppError('dataset-duplicate-across-partitions', { image: file.file, other: first?.file ?? '' });
      if (first) continue;
      const { format, width, height } = one.facts;
      const camera = extras['camera'] ?? '';
      const image = addImage(db, {
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
      items.set(sha256, {
        file: file.file,
        item: {
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
        },
      });
    }
    const all = [...items.values()].map(({ item }) => item);
    const manifestSha256 = manifestHash(all);
    const same = listDatasets(db).find((dataset) => dataset.manifestSha256 === manifestSha256);
    if (same) return { ...same, images: all.length, unchanged: true };
    const dataset = addDataset(db, { siteId: site.id, origin: 'imported', manifestSha256, leftOut: {}, actorId: actor.userId, items: all });
    appendAuditEvent(db, {
      siteId: site.id,
      actor,
      action: 'dataset.imported',
      recordType: 'dataset',
      recordId: dataset.id,
      details: { version: dataset.version, images: all.length },
    });
    return { ...dataset, images: all.length, unchanged: false };
  });
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
