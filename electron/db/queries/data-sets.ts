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
import { all, get, run, sql, transaction, type ReadableDatabase, type WritableDatabase } from '../sql';

export interface NewDataset {
  siteId: string;
  origin: Dataset['origin'];
  manifestSha256: string;
  leftOut: LeftOut;
  actorId: string;
  items: readonly DatasetItem[];
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

export function addDataset(db: WritableDatabase, dataset: NewDataset): Dataset {
  const id = newId();
  return transaction(db, () => {
    run(
      db,
      sql`INSERT INTO dataset (id, site_id, version, origin, manifest_sha256, left_out, actor_id, created_at)
          SELECT ${id}, ${dataset.siteId}, coalesce(max(version), 0) + 1, ${dataset.origin}, ${fromHex(dataset.manifestSha256)},
            ${JSON.stringify(dataset.leftOut)}, ${dataset.actorId}, ${Date.now()} FROM dataset`,
    );
    for (const item of dataset.items) {
      run(
        db,
        sql`INSERT INTO dataset_item (dataset_id, image_id, image_sha256, subject, eye, part, weight, method, certainty, gradable, grade, macular,
              referable, camera, source)
            VALUES (${id}, ${item.imageId}, ${fromHex(item.imageSha256)}, ${item.subject}, ${item.eye}, ${item.part}, ${item.weight},
              ${item.method}, ${item.certainty}, ${item.gradable}, ${item.grade}, ${item.macular}, ${item.referable}, ${item.camera},
              ${item.source})`,
      );
    }
    const added = getDataset(db, id);
    if (!added) throw new Error('the data set that was just stored is not there');
    return added;
  });
}

export function getDataset(db: ReadableDatabase, datasetId: string): Dataset | undefined {
  return get(db, sql`SELECT * FROM dataset WHERE id = ${datasetId}`, datasetRow);
}

/** Newest first. */
export function listDatasets(db: ReadableDatabase): Dataset[] {
  return all(db, sql`SELECT * FROM dataset ORDER BY version DESC`, datasetRow);
}

/** In the order of the manifest. Not for training: see `listOpenItems`. */
export function listItems(db: ReadableDatabase, datasetId: string): DatasetItem[] {
  return all(db, sql`SELECT * FROM dataset_item WHERE dataset_id = ${datasetId} ORDER BY image_sha256`, itemRow);
}

/** In which parts a content is in data sets made elsewhere. */
export function importedParts(db: ReadableDatabase): Map<string, Part[]> {
  const rows = all(
    db,
    sql`SELECT i.image_id, json_group_array(DISTINCT i.part) AS parts FROM dataset_item i JOIN dataset d ON d.id = i.dataset_id
        WHERE d.origin = 'imported' GROUP BY i.image_id`,
    z.object({ image_id: z.string(), parts: json(z.array(z.enum(PARTS))) }),
  );
  return new Map(rows.map((row) => [row.image_id, row.parts]));
}

/** In which parts each content has ever been frozen. */
export function partsEver(db: ReadableDatabase): Map<string, Part[]> {
  const rows = all(
    db,
    sql`SELECT image_id, json_group_array(DISTINCT part) AS parts FROM dataset_item GROUP BY image_id`,
    z.object({ image_id: z.string(), parts: json(z.array(z.enum(PARTS))) }),
  );
  return new Map(rows.map((row) => [row.image_id, row.parts]));
}
