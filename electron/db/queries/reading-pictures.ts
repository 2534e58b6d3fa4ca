import { z } from 'zod';
import { get, sql, type ReadableDatabase } from '../sql';

export interface Companions {
  /** The other eye of the same examination. */
  fellowEye: string | null;
  /** The same eye before this examination. */
  priorVisit: string | null;
}

/** What may lie beside a photograph: of the same patient, and never a photograph that shows no retina. */
export function findCompanions(db: ReadableDatabase, imageId: string): Companions {
  const id = z.object({ id: z.string() });
  const fellow = get(
    db,
    sql`SELECT i.id FROM image_assignment_current own
        JOIN image_assignment_current a ON a.patient_id = own.patient_id AND a.eye IS NOT NULL AND a.eye <> own.eye
          AND a.encounter_id IS own.encounter_id
        JOIN image i ON i.id = a.image_id
        WHERE own.image_id = ${imageId} AND NOT EXISTS (SELECT 1 FROM quality_check q WHERE q.image_id = i.id AND q.kind = 'not-fundus')
        ORDER BY i.seq DESC LIMIT 1`,
    id,
  );
  const prior = get(
    db,
    sql`SELECT i.id FROM image_assignment_current own
        JOIN encounter visit ON visit.id = own.encounter_id
        JOIN image_assignment_current a ON a.patient_id = own.patient_id AND a.eye = own.eye
        JOIN encounter earlier ON earlier.id = a.encounter_id AND earlier.started_at < visit.started_at
        JOIN image i ON i.id = a.image_id
        WHERE own.image_id = ${imageId} AND NOT EXISTS (SELECT 1 FROM quality_check q WHERE q.image_id = i.id AND q.kind = 'not-fundus')
        ORDER BY earlier.started_at DESC, i.seq DESC LIMIT 1`,
    id,
  );
  return { fellowEye: fellow?.id ?? null, priorVisit: prior?.id ?? null };
}
