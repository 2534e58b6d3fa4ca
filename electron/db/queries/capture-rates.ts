import { z } from 'zod';
import { flag } from '../rows';
import { all, sql, type ReadableDatabase } from '../sql';

/** One photograph that came in for an encounter, with who took it and by which camera. */
export interface TakenPhotograph {
  operatorId: string;
  /** As it names itself; null where the file does not say. */
  camera: string | null;
  gradable: boolean;
  at: number;
}

/** Every photograph that came in since an instant and was checked, each content once, in order. */
export function listTakenPhotographs(db: ReadableDatabase, since: number): TakenPhotograph[] {
  return all(
    db,
    sql`SELECT f.actor_id AS operatorId, d.camera, q.gradable, f.created_at AS at
        FROM capture_file f
        JOIN image i ON i.id = f.image_id
        LEFT JOIN device d ON d.id = i.device_id
        JOIN quality_check q ON q.seq = (SELECT max(seq) FROM quality_check WHERE image_id = i.id)
        WHERE f.created_at >= ${since} AND f.encounter_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM capture_file before WHERE before.image_id = f.image_id AND before.seq < f.seq)
        ORDER BY f.seq`,
    z.object({ operatorId: z.string(), camera: z.string().nullable(), gradable: flag, at: z.number() }),
  );
}
