import { z } from 'zod';
import { newId } from '../ids';
import { get, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** Where the optic disc was seen in a photograph, from the middle of the retina in its radii; right and down are positive. */
export interface DiscPosition {
  x: number;
  y: number;
  /** 0..1 */
  confidence: number;
}

/** A second position of the same photograph by the same locator adds nothing. */
export function addDiscPosition(db: WritableDatabase, found: DiscPosition & { siteId: string; imageId: string; locator: string }): void {
  run(
    db,
    sql`INSERT INTO disc_position (id, site_id, image_id, locator, x, y, confidence, created_at)
        VALUES (${newId()}, ${found.siteId}, ${found.imageId}, ${found.locator}, ${found.x}, ${found.y}, ${found.confidence}, ${Date.now()})
        ON CONFLICT (image_id, locator) DO NOTHING`,
  );
}

export function findDiscPosition(db: ReadableDatabase, imageId: string): DiscPosition | undefined {
  return get(
    db,
    sql`SELECT x, y, confidence FROM disc_position WHERE image_id = ${imageId} ORDER BY seq DESC LIMIT 1`,
    z.object({ x: z.number(), y: z.number(), confidence: z.number() }),
  );
}
