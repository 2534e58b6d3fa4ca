import type { PatientReference } from '../../db/queries/patients';
import { isFromList } from './claims';
import type { RunPatient } from './run-rows';

type NamedPatient = RunPatient & { patientKey: string };

/** @returns whether somebody is named, and not just a photograph that stands alone */
export function isNamed(patient: RunPatient): patient is NamedPatient {
  return patient.patientKey !== null;
}

/**
 * How far a patient's name holds: an entry of a list wherever that same list is used, a number or folder name within its folder and run.
 *
 * @param listKey SHA-256 of the patient list of the run, or null
 */
export function patientReference(siteId: string, runId: string, listKey: string | null, patient: NamedPatient): PatientReference {
  const identifier = patient.patientKey;
  if (listKey !== null && isFromList(identifier)) return { siteId, scope: 'list', listKey, identifier };
  return { siteId, scope: 'run', runId, folder: patient.rows[0]?.folder ?? new Uint8Array(), identifier };
}
