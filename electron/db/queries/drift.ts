import { z } from 'zod';
import { newId } from '../ids';
import { flag } from '../rows';
import { all, get, run, sql, type ReadableDatabase, type SqlQuery, type WritableDatabase } from '../sql';

/** Months by the site's clock; an offset that changes within the year moves a few hours of one month into another. */
function monthOf(column: SqlQuery, offsetMs: number): SqlQuery {
  return sql`strftime('%Y-%m', (${column} + ${offsetMs}) / 1000, 'unixepoch')`;
}

/** Patients with a result of the program, by month. */
export function monthlyReferrals(
  db: ReadableDatabase,
  since: number,
  offsetMs: number,
): { month: string; patients: number; referred: number }[] {
  return all(
    db,
    sql`SELECT ${monthOf(sql`created_at`, offsetMs)} AS month, count(*) AS patients, sum(result = 'refer') AS referred
        FROM outcome WHERE level = 'patient' AND source = 'ai' AND created_at >= ${since}
          AND NOT EXISTS (SELECT 1 FROM outcome later WHERE later.supersedes_id = outcome.id AND later.source = 'ai')
        GROUP BY month ORDER BY month`,
    z.object({ month: z.string(), patients: z.number(), referred: z.number() }),
  );
}

/** Photographs of a retina and how many could not be read, by month and camera; the first look at each. */
export function monthlyQuality(
  db: ReadableDatabase,
  since: number,
  offsetMs: number,
): { month: string; camera: string; images: number; ungradable: number }[] {
  return all(
    db,
    sql`SELECT ${monthOf(sql`q.created_at`, offsetMs)} AS month, coalesce(d.camera, '') AS camera, count(*) AS images, sum(q.gradable = 0) AS ungradable
        FROM quality_check q JOIN image i ON i.id = q.image_id LEFT JOIN device d ON d.id = i.device_id
        WHERE q.kind = 'retina' AND q.created_at >= ${since}
          AND NOT EXISTS (SELECT 1 FROM quality_check earlier WHERE earlier.image_id = q.image_id AND earlier.seq < q.seq)
        GROUP BY month, camera ORDER BY month, camera`,
    z.object({ month: z.string(), camera: z.string(), images: z.number(), ungradable: z.number() }),
  );
}

/** The model that scored last. */
export function newestModel(db: ReadableDatabase): string | undefined {
  return get(db, sql`SELECT model_id FROM prediction ORDER BY seq DESC LIMIT 1`, z.object({ model_id: z.string() }))?.model_id;
}

/** Scores of a model by month, camera and tenth of the scale. */
export function monthlyScores(
  db: ReadableDatabase,
  modelId: string,
  since: number,
  offsetMs: number,
): { month: string; camera: string; bin: number; n: number; sum: number; squares: number }[] {
  return all(
    db,
    sql`SELECT ${monthOf(sql`p.created_at`, offsetMs)} AS month, coalesce(d.camera, '') AS camera, min(9, CAST(p.p2 * 10 AS INTEGER)) AS bin,
          count(*) AS n, sum(p.p2) AS sum, sum(p.p2 * p.p2) AS squares
        FROM prediction p JOIN image i ON i.id = p.image_id LEFT JOIN device d ON d.id = i.device_id
        WHERE p.model_id = ${modelId} AND p.created_at >= ${since}
          AND NOT EXISTS (SELECT 1 FROM prediction earlier WHERE earlier.image_id = p.image_id AND earlier.model_id = p.model_id AND earlier.seq < p.seq)
        GROUP BY month, camera, bin ORDER BY month, camera, bin`,
    z.object({ month: z.string(), camera: z.string(), bin: z.number(), n: z.number(), sum: z.number(), squares: z.number() }),
  );
}

export interface ConcludedImage {
  month: string;
  /** The patient; the photograph where none is known. */
  unit: string;
  imageId: string;
  positive: boolean;
}

/** Photographs of every patient whom the program referred or sent home, by the month of the result. */
export function listConcluded(db: ReadableDatabase, offsetMs: number): ConcludedImage[] {
  return all(
    db,
    sql`WITH concluded AS (
          SELECT coalesce(patient_id, image_id) AS unit, patient_id, image_id, ${monthOf(sql`created_at`, offsetMs)} AS month,
            max(result = 'refer') AS positive
          FROM outcome WHERE level = 'patient' AND source = 'ai' AND result IN ('refer', 'no-refer')
            AND NOT EXISTS (SELECT 1 FROM outcome later WHERE later.supersedes_id = outcome.id AND later.source = 'ai')
          GROUP BY unit, month
        )
        SELECT c.month, c.unit, a.image_id, c.positive FROM concluded c JOIN image_assignment_current a ON a.patient_id = c.patient_id
        WHERE EXISTS (SELECT 1 FROM prediction p WHERE p.image_id = a.image_id)
        UNION ALL
        SELECT c.month, c.unit, c.image_id, c.positive FROM concluded c WHERE c.image_id IS NOT NULL
        ORDER BY 1, 2, 3`,
    z
      .object({ month: z.string(), unit: z.string(), image_id: z.string(), positive: flag })
      .transform((row): ConcludedImage => ({ month: row.month, unit: row.unit, imageId: row.image_id, positive: row.positive })),
  );
}

export interface NewDraw {
  siteId: string;
  month: string;
  campaignId: string | null;
  positives: number;
  negatives: number;
  negativesOf: number;
  actorId: string;
  images: readonly { unit: string; imageId: string; positive: boolean }[];
}

export function addDraw(db: WritableDatabase, draw: NewDraw): void {
  const id = newId();
  run(
    db,
    sql`INSERT INTO audit_draw (id, site_id, month, campaign_id, positives, negatives, negatives_of, actor_id, created_at)
        VALUES (${id}, ${draw.siteId}, ${draw.month}, ${draw.campaignId}, ${draw.positives}, ${draw.negatives}, ${draw.negativesOf},
          ${draw.actorId}, ${Date.now()})`,
  );
  for (const { unit, imageId, positive } of draw.images)
    run(db, sql`INSERT INTO audit_draw_unit (draw_id, unit, image_id, positive) VALUES (${id}, ${unit}, ${imageId}, ${positive})`);
}

export function listDraws(db: ReadableDatabase): { month: string; positives: number; negatives: number; negativesOf: number }[] {
  return all(
    db,
    sql`SELECT month, positives, negatives, negatives_of FROM audit_draw ORDER BY month`,
    z
      .object({ month: z.string(), positives: z.number(), negatives: z.number(), negatives_of: z.number() })
      .transform((row) => ({ month: row.month, positives: row.positives, negatives: row.negatives, negativesOf: row.negatives_of })),
  );
}

/**
 * Patients of the draws all of whose photographs have a label, and whether one of them is referable. Patients hidden from whoever asks are left out: a count must
 * not tell what they are reading.
 */
export function listAudited(db: ReadableDatabase, userId: string): { unit: string; positive: boolean; referable: boolean }[] {
  return all(
    db,
    sql`SELECT u.unit, max(u.positive) AS positive,
          max(coalesce(l.grade >= 2 OR l.macular = 'within-disc-diameter' OR l.centre_involved = 1, 0)) AS referable
        FROM audit_draw_unit u LEFT JOIN reference_label l ON l.image_id = u.image_id
        GROUP BY u.draw_id, u.unit
        HAVING count(*) = count(l.image_id) AND max(coalesce(l.gradable, 0)) = 1
          AND NOT max(u.image_id IN (SELECT image_id FROM blinded_image WHERE user_id = ${userId}))`,
    z.object({ unit: z.string(), positive: flag, referable: flag }),
  );
}
