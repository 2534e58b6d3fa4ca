import { z } from 'zod';
import { flag } from '../rows';
import { all, get, sql, type ReadableDatabase } from '../sql';

/** A stored photograph, with all that decides whether a campaign may take it. */
export interface Candidate {
  imageId: string;
  sha256: Uint8Array;
  patientId: string | null;
  gradable: boolean;
  /** Calibrated P(grade >= 2) of the newest prediction; null where nothing was scored. */
  p2: number | null;
  modelId: string | null;
  appealed: boolean;
  /** No consent is on record here: a photograph of a folder. */
  unregistered: boolean;
  /** Of a locked test patient. */
  locked: boolean;
  /** In how many campaigns before. */
  campaigns: number;
  /** Why no campaign takes it, whatever is asked for; null: it may be read. */
  unusable: 'not-retina' | 'unchecked' | 'no-consent' | null;
}

const candidateRow = z
  .object({
    image_id: z.string(),
    sha256: z.instanceof(Uint8Array),
    patient_id: z.string().nullable(),
    gradable: flag.nullable(),
    p2: z.number().nullable(),
    model_id: z.string().nullable(),
    appealed: flag,
    unregistered: flag,
    locked: flag,
    campaigns: z.number(),
    unusable: z.enum(['not-retina', 'unchecked', 'no-consent']).nullable(),
  })
  .transform((row): Candidate => ({
    imageId: row.image_id,
    sha256: row.sha256,
    patientId: row.patient_id,
    gradable: row.gradable ?? false,
    p2: row.p2,
    modelId: row.model_id,
    appealed: row.appealed,
    unregistered: row.unregistered,
    locked: row.locked,
    campaigns: row.campaigns,
    unusable: row.unusable,
  }));

/**
 * Every photograph, in the order they were stored; what no campaign may take (no retina, never looked at, a patient who was registered here and does not let it be
 * used for training and audit) says so, so that it can be counted. For a photograph of a folder nobody is on record, and the lead declares.
 *
 * @param runIds of which runs; empty: all photographs there are
 */
export function listCandidates(db: ReadableDatabase, runIds: readonly string[]): Candidate[] {
  return all(
    db,
    sql`WITH newest_check AS (
          SELECT q.* FROM quality_check q JOIN (SELECT image_id, max(seq) AS seq FROM quality_check GROUP BY image_id) n ON n.seq = q.seq
        ), newest_prediction AS (
          SELECT p.image_id, p.p2, p.model_id FROM prediction p
          JOIN (SELECT image_id, max(seq) AS seq FROM prediction GROUP BY image_id) n ON n.seq = p.seq
        ), registered AS (
          SELECT patient_id FROM encounter UNION SELECT patient_id FROM consent
        )
        SELECT i.id AS image_id, i.sha256, a.patient_id, q.gradable, p.p2, p.model_id,
          EXISTS (SELECT 1 FROM quality_appeal x WHERE x.image_id = i.id) AS appealed,
          (a.patient_id IS NULL OR a.patient_id NOT IN registered) AS unregistered,
          EXISTS (SELECT 1 FROM patient_partition u LEFT JOIN patient_person p ON p.patient_id = a.patient_id
            WHERE u.part = 'locked' AND u.unit = coalesce(p.person_id, i.id)) AS locked,
          (SELECT count(*) FROM campaign_item c JOIN campaign_seal s ON s.campaign_id = c.campaign_id WHERE c.image_id = i.id) AS campaigns,
          CASE
            WHEN a.patient_id IN registered AND a.patient_id NOT IN (SELECT patient_id FROM patient_may_train) THEN 'no-consent'
            WHEN q.kind IS NULL THEN 'unchecked'
            WHEN q.kind <> 'retina' THEN 'not-retina'
          END AS unusable
        FROM image i
        LEFT JOIN newest_check q ON q.image_id = i.id
        LEFT JOIN newest_prediction p ON p.image_id = i.id
        LEFT JOIN image_assignment_current a ON a.image_id = i.id
        WHERE (${runIds.length === 0} OR i.id IN (
            SELECT s.image_id FROM image_source s WHERE s.run_id IN (SELECT value FROM json_each(${JSON.stringify(runIds)}))))
        ORDER BY i.seq`,
    candidateRow,
  );
}

/** Grows with every consent given or taken back and every erasure: unchanged, nobody's answer has changed. */
export function consentMark(db: ReadableDatabase): number {
  const row = get(
    db,
    sql`SELECT (SELECT count(*) FROM consent) + (SELECT count(*) FROM patient_erasure) AS mark`,
    z.object({ mark: z.number() }),
  );
  return row?.mark ?? 0;
}

/** Of these photographs, those of a patient who was registered here and does not let them be used for training and audit. */
export function listWithdrawn(db: ReadableDatabase, imageIds: readonly string[]): Set<string> {
  const rows = all(
    db,
    sql`SELECT a.image_id FROM image_assignment_current a
        WHERE a.image_id IN (SELECT value FROM json_each(${JSON.stringify(imageIds)}))
          AND a.patient_id IN (SELECT patient_id FROM encounter UNION SELECT patient_id FROM consent)
          AND a.patient_id NOT IN (SELECT patient_id FROM patient_may_train)`,
    z.object({ image_id: z.string() }),
  );
  return new Set(rows.map((row) => row.image_id));
}
