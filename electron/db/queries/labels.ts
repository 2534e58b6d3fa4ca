import { z } from 'zod';
import { EYES, type Eye } from '../../shared/domain/codes';
import { GRADES, type Grade, MACULAR_SIGNS, type MacularSign } from '../../shared/domain/reading';
import { flag, hex, json } from '../rows';
import { all, get, sql, type ReadableDatabase } from '../sql';

/** The label of a photograph, with all that decides whether and where it goes into a data set. */
export interface FreezableLabel {
  imageId: string;
  imageSha256: string;
  method: 'agreement' | 'adjudicated';
  gradable: boolean;
  grade: Grade | null;
  macular: MacularSign | null;
  centreInvolved: boolean | null;
  readers: number;
  eye: Eye | null;
  camera: string;
  siteId: string;
  /** The person, whichever rows were merged; null: the photograph stands alone. */
  personId: string | null;
  /** Every person the photograph has ever been assigned to. */
  everPersonIds: string[];
  /** Came into its campaign by chance, and so stands for the clinic's patients. */
  randomlyDrawn: boolean;
  /** The patient's answer allows it, or nobody was asked and whoever made the campaign has declared one. */
  consenting: boolean;
}

const labelRow = z
  .object({
    image_id: z.string(),
    sha256: hex,
    method: z.enum(['agreement', 'adjudicated']),
    gradable: flag,
    grade: z.literal(GRADES).nullable(),
    macular: z.enum(MACULAR_SIGNS).nullable(),
    centre_involved: flag.nullable(),
    readers: z.number(),
    eye: z.enum(EYES).nullable(),
    camera: z.string().nullable(),
    site_id: z.string(),
    person_id: z.string().nullable(),
    ever: json(z.array(z.string())),
    randomly_drawn: flag,
    consenting: flag,
  })
  .transform((row): FreezableLabel => ({
    imageId: row.image_id,
    imageSha256: row.sha256,
    method: row.method,
    gradable: row.gradable,
    grade: row.grade,
    macular: row.macular,
    centreInvolved: row.centre_involved,
    readers: row.readers,
    eye: row.eye,
    camera: row.camera ?? '',
    siteId: row.site_id,
    personId: row.person_id,
    everPersonIds: row.ever,
    randomlyDrawn: row.randomly_drawn,
    consenting: row.consenting,
  }));

/**
 * The reference labels, in the order of their photographs. Consent to training is asked here, of the person and not of the row: what was
 * refused, withdrawn or erased is marked so, whatever the campaign declared.
 */
export function listFreezableLabels(db: ReadableDatabase): FreezableLabel[] {
  return all(
    db,
    sql`SELECT l.image_id, i.sha256, l.method, l.gradable, l.grade, l.macular, l.centre_involved, l.readers, a.eye, d.camera, i.site_id,
          p.person_id,
          (SELECT json_group_array(DISTINCT ep.person_id) FROM image_assignment ea JOIN patient_person ep ON ep.patient_id = ea.patient_id
            WHERE ea.image_id = l.image_id) AS ever,
          (c.selection IN ('all', 'random') OR ci.origin = 'random') AS randomly_drawn,
          CASE
            WHEN a.patient_id IS NULL THEN c.consent_declared
            WHEN EXISTS (SELECT 1 FROM patient_erasure e WHERE e.patient_id IN (a.patient_id, p.person_id)) THEN 0
            WHEN EXISTS (SELECT 1 FROM consent_current k WHERE k.person_id = p.person_id)
              THEN EXISTS (SELECT 1 FROM patient_may_train t WHERE t.patient_id = a.patient_id)
            ELSE c.consent_declared
          END AS consenting
        FROM reference_label l
        JOIN campaign c ON c.id = l.campaign_id
        JOIN campaign_item ci ON ci.campaign_id = l.campaign_id AND ci.image_id = l.image_id
        JOIN image i ON i.id = l.image_id
        LEFT JOIN device d ON d.id = i.device_id
        LEFT JOIN image_assignment_current a ON a.image_id = l.image_id
        LEFT JOIN patient_person p ON p.patient_id = a.patient_id
        ORDER BY i.seq`,
    labelRow,
  );
}

/** The readings behind the labels, in order of image: what tells how much each reader is to be trusted. */
export function listLabelRatings(db: ReadableDatabase): { imageId: string; readerId: string; grade: Grade }[] {
  return all(
    db,
    sql`SELECT r.image_id, r.reader_id, r.grade FROM label_read r JOIN read_assignment a ON a.id = r.assignment_id
        JOIN campaign c ON c.id = a.campaign_id
        WHERE a.kind = 'read' AND c.kind = 'reading' AND r.grade IS NOT NULL ORDER BY r.image_id, r.seq`,
    z
      .object({ image_id: z.string(), reader_id: z.string(), grade: z.literal(GRADES) })
      .transform((row) => ({ imageId: row.image_id, readerId: row.reader_id, grade: row.grade })),
  );
}

/** Photographs of a data set whose patients have refused, withdrawn or been erased since it was frozen. */
export function listWithdrawn(db: ReadableDatabase, datasetId: string): Set<string> {
  const rows = all(
    db,
    sql`SELECT i.image_id FROM dataset_item i
        JOIN image_assignment_current a ON a.image_id = i.image_id
        JOIN patient_person p ON p.patient_id = a.patient_id
        WHERE i.dataset_id = ${datasetId} AND (
          EXISTS (SELECT 1 FROM patient_erasure e WHERE e.patient_id IN (a.patient_id, p.person_id))
          OR EXISTS (SELECT 1 FROM consent_current k WHERE k.person_id = p.person_id AND k.training = 0))`,
    z.object({ image_id: z.string() }),
  );
  return new Set(rows.map((row) => row.image_id));
}

/** Photographs that somebody has read in a series and that have no label: the readers are not done, or differ. */
export function countUndecided(db: ReadableDatabase): number {
  return (
    get(
      db,
      sql`SELECT count(DISTINCT i.image_id) AS n FROM campaign_item i JOIN campaign c ON c.id = i.campaign_id AND c.kind = 'reading'
          WHERE EXISTS (SELECT 1 FROM read_assignment a JOIN read r ON r.assignment_id = a.id WHERE a.item_id = i.id)
            AND i.image_id NOT IN (SELECT image_id FROM reference_label)`,
      z.object({ n: z.number() }),
    )?.n ?? 0
  );
}

export function countLabels(db: ReadableDatabase): number {
  return get(db, sql`SELECT count(*) AS n FROM reference_label`, z.object({ n: z.number() }))?.n ?? 0;
}
