import type { ImageRow, PatientRow, RunFacts } from '../../shared/domain/screening';
import type { FolderProblem } from './walk';

/** Everything a run found, as summary, CSV, JSON, report and window show it. */
export interface RunResults {
  facts: RunFacts;
  /** One row per file found, in byte order of the path. */
  images: ImageRow[];
  /** Sickest first. */
  patients: PatientRow[];
  /** A patient's files in path order, failed ones included. */
  imagesOf: ReadonlyMap<PatientRow, readonly ImageRow[]>;
  /** Folders whose files could not be listed. */
  problems: FolderProblem[];
}
