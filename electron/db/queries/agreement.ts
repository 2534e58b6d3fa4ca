import { z } from 'zod';
import { GRADES, type Grade } from '../../shared/domain/reading';
import { flag } from '../rows';
import { all, sql, type ReadableDatabase } from '../sql';

/** A blind answer of a campaign, for comparing readers. */
export interface ComparedRead {
  imageId: string;
  /** The person; the photograph where none is known. */
  unit: string;
  readerId: string;
  /** A masked second reading. */
  again: boolean;
  /** null: not gradable. */
  grade: Grade | null;
}

/**
 * What was read in a campaign, without the photographs that are hidden from whoever asks: an open answer must not be told by a figure.
 *
 * @param userId who asks
 */
export function listComparedReads(db: ReadableDatabase, campaignId: string, userId: string): ComparedRead[] {
  return all(
    db,
    sql`SELECT r.image_id, coalesce(p.person_id, r.image_id) AS unit, r.reader_id, a.kind = 're-read' AS again, r.grade
        FROM label_read r JOIN read_assignment a ON a.id = r.assignment_id
        LEFT JOIN image_assignment_current i ON i.image_id = r.image_id LEFT JOIN patient_person p ON p.patient_id = i.patient_id
        WHERE a.campaign_id = ${campaignId} AND a.kind IN ('read', 're-read')
          AND r.image_id NOT IN (SELECT image_id FROM blinded_image WHERE user_id = ${userId})
        ORDER BY a.item_id, r.seq`,
    z
      .object({ image_id: z.string(), unit: z.string(), reader_id: z.string(), again: flag, grade: z.literal(GRADES).nullable() })
      .transform((row): ComparedRead => ({
        imageId: row.image_id,
        unit: row.unit,
        readerId: row.reader_id,
        again: row.again,
        grade: row.grade,
      })),
  );
}

export interface ComparedLabel {
  imageId: string;
  method: 'agreement' | 'adjudicated';
  grade: Grade | null;
}

/** The labels of a campaign, hidden ones left out as above. */
export function listComparedLabels(db: ReadableDatabase, campaignId: string, userId: string): ComparedLabel[] {
  return all(
    db,
    sql`SELECT image_id, method, grade FROM campaign_label WHERE campaign_id = ${campaignId}
          AND image_id NOT IN (SELECT image_id FROM blinded_image WHERE user_id = ${userId}) ORDER BY image_id`,
    z
      .object({ image_id: z.string(), method: z.enum(['agreement', 'adjudicated']), grade: z.literal(GRADES).nullable() })
      .transform((row): ComparedLabel => ({ imageId: row.image_id, method: row.method, grade: row.grade })),
  );
}
