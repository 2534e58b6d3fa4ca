import { z } from 'zod';
import { PATIENT_RESULTS, type PatientResult } from '../../shared/domain/codes';
import { flag } from '../rows';
import { all, sql, type ReadableDatabase } from '../sql';

export interface PatientResultCount {
  result: PatientResult;
  urgent: boolean;
  patients: number;
}

/** How many patients of a run have which result in force; empty before anything was concluded. */
export function countPatientResults(db: ReadableDatabase, runId: string): PatientResultCount[] {
  return all(
    db,
    sql`SELECT result, urgent, count(*) AS patients FROM outcome_current
        WHERE run_id = ${runId} AND level = 'patient' GROUP BY result, urgent`,
    z.object({ result: z.enum(PATIENT_RESULTS), urgent: flag, patients: z.number() }),
  );
}
