import { z } from 'zod';
import { EYES } from '../../shared/domain/codes';
import { type DatasetItem, LABEL_METHODS } from '../../shared/domain/data-sets';
import { GRADES, MACULAR_SIGNS } from '../../shared/domain/reading';
import { flag, hex } from '../rows';
import { all, sql, type ReadableDatabase } from '../sql';

/** What training, selection and the search for wrong labels may see of a data set: never a locked test patient. */
export interface OpenItem extends Omit<DatasetItem, 'part'> {
  part: 'train' | 'validation';
}

const openItemRow = z
  .object({
    image_id: z.string(),
    image_sha256: hex,
    subject: z.string(),
    eye: z.enum(EYES).nullable(),
    // A locked part does not parse: a view that lost its condition fails here.
    part: z.enum(['train', 'validation']),
    weight: z.number(),
    method: z.enum(LABEL_METHODS),
    certainty: z.number(),
    gradable: flag,
    grade: z.literal(GRADES).nullable(),
    macular: z.enum(MACULAR_SIGNS).nullable(),
    referable: flag.nullable(),
    camera: z.string(),
    source: z.string(),
  })
  .transform(({ image_id, image_sha256, ...row }): OpenItem => ({ imageId: image_id, imageSha256: image_sha256, ...row }));

/** In the order of the manifest. */
export function listOpenItems(db: ReadableDatabase, datasetId: string): OpenItem[] {
  return all(
    db,
    sql`SELECT image_id, image_sha256, subject, eye, part, weight, method, certainty, gradable, grade, macular, referable, camera, source
        FROM dataset_open_item WHERE dataset_id = ${datasetId} ORDER BY image_sha256`,
    openItemRow,
  );
}
