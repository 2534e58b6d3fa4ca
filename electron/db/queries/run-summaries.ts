import { z } from 'zod';
import { PATIENT_RESULTS, type PatientResult } from '../../shared/domain/codes';
import { flag } from '../rows';
import { all, sql, type ReadableDatabase } from '../sql';

export interface PatientResultCount {
  result: PatientResult;
  urgent: boolean;
  patients: number;
}

/** How many patients of a run have which result in force, as far as this person may know; empty before anything was concluded. */
export function countPatientResults(db: ReadableDatabase, runId: string, userId: string): PatientResultCount[] {
  return all(
    db,
    sql`SELECT result, urgent, count(*) AS patients FROM outcome_current
        WHERE run_id = ${runId} AND level = 'patient'
          AND (patient_id IS NULL OR patient_id NOT IN (SELECT patient_id FROM blinded_patient WHERE user_id = ${userId}))
          AND (image_id IS NULL OR image_id NOT IN (SELECT image_id FROM blinded_image WHERE user_id = ${userId}))
        GROUP BY result, urgent`,
    z.object({ result: z.enum(PATIENT_RESULTS), urgent: flag, patients: z.number() }),
  );
}
