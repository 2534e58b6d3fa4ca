import { z } from 'zod';
import { EYES } from '../../shared/domain/codes';
import {
  type Dataset,
  type DatasetItem,
  LABEL_METHODS,
  type LeftOut,
  LEFT_OUT_REASONS,
  type Part,
  PARTS,
} from '../../shared/domain/data-sets';
import { GRADES, MACULAR_SIGNS } from '../../shared/domain/reading';
import { newId } from '../ids';
import { flag, fromHex, hex, json } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface NewDataset {
  siteId: string;
  origin: Dataset['origin'];
  manifestSha256: string;
  leftOut: LeftOut;
  actorId: string;
}

const datasetRow = z
  .object({
    id: z.string(),
    version: z.number(),
    origin: z.enum(['frozen', 'imported']),
    manifest_sha256: hex,
    left_out: json(z.partialRecord(z.enum(LEFT_OUT_REASONS), z.number())),
    actor_id: z.string(),
    created_at: z.number(),
  })
  .transform((row): Dataset => ({
    id: row.id,
    version: row.version,
    origin: row.origin,
    manifestSha256: row.manifest_sha256,
    leftOut: row.left_out,
    actorId: row.actor_id,
    createdAt: row.created_at,
  }));

const itemColumns = {
  image_id: z.string(),
  image_sha256: hex,
  subject: z.string(),
  eye: z.enum(EYES).nullable(),
  part: z.enum(PARTS),
  weight: z.number(),
  method: z.enum(LABEL_METHODS),
  certainty: z.number(),
  gradable: flag,
  grade: z.literal(GRADES).nullable(),
  macular: z.enum(MACULAR_SIGNS).nullable(),
  referable: flag.nullable(),
  camera: z.string(),
  source: z.string(),
};
const itemRow = z.object(itemColumns).transform(({ image_id, image_sha256, ...row }): DatasetItem => ({
  imageId: image_id,
  imageSha256: image_sha256,
  ...row,
}));

/**
 * A row for a new data set, or the one of the very same content that was begun and never sealed. Nobody sees it before `sealDataset`.
 *
 * @returns its id
 */
export function beginDataset(db: WritableDatabase, dataset: NewDataset): string {
  const begun = get(
    db,
    sql`SELECT d.id FROM dataset d WHERE d.manifest_sha256 = ${fromHex(dataset.manifestSha256)} AND d.origin = ${dataset.origin}
          AND d.left_out = ${JSON.stringify(dataset.leftOut)} AND NOT EXISTS (SELECT 1 FROM dataset_seal s WHERE s.dataset_id = d.id)
        ORDER BY d.seq DESC LIMIT 1`,
    z.object({ id: z.string() }),
  );
  if (begun !== undefined) return begun.id;
  const id = newId();
  run(
    db,
    sql`INSERT INTO dataset (id, site_id, version, origin, manifest_sha256, left_out, actor_id, created_at)
        SELECT ${id}, ${dataset.siteId}, coalesce(max(version), 0) + 1, ${dataset.origin}, ${fromHex(dataset.manifestSha256)},
          ${JSON.stringify(dataset.leftOut)}, ${dataset.actorId}, ${Date.now()} FROM dataset`,
  );
  return id;
}

/** Those that are there already stay as they are. */
export function addItems(db: WritableDatabase, datasetId: string, items: readonly DatasetItem[]): void {
  for (const item of items) {
    run(
      db,
      sql`INSERT OR IGNORE INTO dataset_item (dataset_id, image_id, image_sha256, subject, eye, part, weight, method, certainty, gradable, grade,
            macular, referable, camera, source)
          VALUES (${datasetId}, ${item.imageId}, ${fromHex(item.imageSha256)}, ${item.subject}, ${item.eye}, ${item.part}, ${item.weight},
            ${item.method}, ${item.certainty}, ${item.gradable}, ${item.grade}, ${item.macular}, ${item.referable}, ${item.camera},
            ${item.source})`,
    );
  }
}

/** From now on it is there, and takes no row any more. */
export function sealDataset(db: WritableDatabase, datasetId: string): Dataset {
  run(db, sql`INSERT INTO dataset_seal (dataset_id, created_at) VALUES (${datasetId}, ${Date.now()})`);
  const sealed = getDataset(db, datasetId);
  if (!sealed) throw new Error('the data set that was just sealed is not there');
  return sealed;
}

export function getDataset(db: ReadableDatabase, datasetId: string): Dataset | undefined {
  return get(db, sql`SELECT * FROM sealed_dataset WHERE id = ${datasetId}`, datasetRow);
}

/** Newest first. */
export function listDatasets(db: ReadableDatabase): Dataset[] {
  return all(db, sql`SELECT * FROM sealed_dataset ORDER BY version DESC`, datasetRow);
}

/** In the order of the manifest. Not for training: see `listOpenItems`. */
export function listItems(db: ReadableDatabase, datasetId: string): DatasetItem[] {
  return all(db, sql`SELECT * FROM sealed_dataset_item WHERE dataset_id = ${datasetId} ORDER BY image_sha256`, itemRow);
}

/** In which parts a content is in data sets made elsewhere. */
export function importedParts(db: ReadableDatabase): Map<string, Part[]> {
  const rows = all(
    db,
    sql`SELECT i.image_id, json_group_array(DISTINCT i.part) AS parts FROM sealed_dataset_item i JOIN dataset d ON d.id = i.dataset_id
        WHERE d.origin = 'imported' GROUP BY i.image_id`,
    z.object({ image_id: z.string(), parts: json(z.array(z.enum(PARTS))) }),
  );
  return new Map(rows.map((row) => [row.image_id, row.parts]));
}

/** In which parts each content has ever been frozen. */
export function partsEver(db: ReadableDatabase): Map<string, Part[]> {
  const rows = all(
    db,
    sql`SELECT image_id, json_group_array(DISTINCT part) AS parts FROM sealed_dataset_item GROUP BY image_id`,
    z.object({ image_id: z.string(), parts: json(z.array(z.enum(PARTS))) }),
  );
  return new Map(rows.map((row) => [row.image_id, row.parts]));
}
