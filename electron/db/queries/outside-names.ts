import { run, sql, sqlId, type SqlQuery, type WritableDatabase } from '../sql';

/**
 * Takes from a patient what the outside world called them: identifiers of lists and file names, and the paths of the files that showed their eyes. The
 * rows stay, with a path that says only that it was erased, so that counts and histories still add up.
 */
export function clearOutsideNames(db: WritableDatabase, patientId: string): void {
  db.pragma('secure_delete = ON');
  // A file is the patient's when its photograph is, or when it was claimed for the patient's name in its folder and run.
  run(
    db,
    sql`UPDATE image_source SET
          claimed_patient = NULL,
          claimed_patient_basis = NULL,
          path = CAST('erased/' || (SELECT min(s.seq) FROM image_source s WHERE s.run_id = image_source.run_id AND s.path = image_source.path) AS BLOB)
        WHERE image_id IN (SELECT image_id FROM image_assignment WHERE patient_id = ${patientId})
          OR EXISTS (
            SELECT 1 FROM patient_reference r
            WHERE r.patient_id = ${patientId} AND r.scope = 'run' AND r.run_id = image_source.run_id AND r.folder = image_source.folder
              AND r.identifier = image_source.claimed_patient
          )`,
  );
  // A folder, or a path given to the program, that holds nothing else may bear the patient's name as well.
  run(
    db,
    sql`UPDATE image_source SET folder = CAST('erased' AS BLOB)
        WHERE ${erased('image_source')} AND NOT EXISTS (
          SELECT 1 FROM image_source o WHERE o.run_id = image_source.run_id AND o.folder = image_source.folder AND NOT ${erased('o')}
        )`,
  );
  run(
    db,
    sql`UPDATE screening_run_root SET path = CAST('erased/' || position AS BLOB)
        WHERE EXISTS (SELECT 1 FROM image_source o WHERE o.run_id = screening_run_root.run_id AND o.root_position = position)
          AND NOT EXISTS (
            SELECT 1 FROM image_source o WHERE o.run_id = screening_run_root.run_id AND o.root_position = position AND NOT ${erased('o')}
          )`,
  );
  run(db, sql`DELETE FROM patient_reference WHERE patient_id = ${patientId}`);
}

/** Whether a row of this table's name or alias was erased: no path of a system begins so. */
function erased(table: string): SqlQuery {
  return sql`substr(${sqlId(table)}.path, 1, 7) = CAST('erased/' AS BLOB)`;
}
