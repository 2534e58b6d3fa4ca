export const PATIENT_LIST_PROBLEMS = [
  'not-utf8',
  'not-csv',
  'column-missing',
  'column-twice',
  'column-count',
  'no-rows',
  'file-blank',
  'file-twice',
  'file-path',
  'patient-too-long',
  'patient-control',
  'eye-unknown',
] as const;
export type PatientListProblem = (typeof PATIENT_LIST_PROBLEMS)[number];
