import { z } from 'zod';
import { type Part, PARTS } from '../../shared/domain/data-sets';
import { all, run, sql, type ReadableDatabase, type WritableDatabase } from '../sql';

/** Where a patient was drawn to, for ever. */
export interface PatientPartition {
  /** The person's id, or the photograph's where no patient is known. */
  unit: string;
  part: Part;
  stratum: string;
  weight: number;
}

const partitionRow = z.object({ unit: z.string(), part: z.enum(PARTS), stratum: z.string(), weight: z.number() });

export function listPartitions(db: ReadableDatabase): Map<string, PatientPartition> {
  const rows = all(db, sql`SELECT unit, part, stratum, weight FROM patient_partition ORDER BY seq`, partitionRow);
  return new Map(rows.map((row) => [row.unit, row]));
}

export function addPartition(db: WritableDatabase, partition: PatientPartition & { siteId: string; actorId: string }): void {
  run(
    db,
    sql`INSERT INTO patient_partition (site_id, unit, part, stratum, weight, actor_id, created_at)
        VALUES (${partition.siteId}, ${partition.unit}, ${partition.part}, ${partition.stratum}, ${partition.weight}, ${partition.actorId},
          ${Date.now()})`,
  );
}
