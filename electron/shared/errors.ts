/**
 * Every error a user can meet, by code. Text lives in the message catalogues (`error_<code with _>`), so
 * a code is added here and in every language at once. Parameters are plain values for that text; never a patient's name.
 */
export const ERROR_CODES = [
  // one image file
  'image-empty',
  'image-truncated',
  'image-unsupported-format',
  'image-too-large',
  'image-unreadable',
  'image-vanished',
  'image-undecodable',
  // a run
  'path-not-found',
  'nothing-to-screen',
  'folder-vanished',
  'folder-unreadable',
  'patient-list-invalid',
  'output-not-writable',
  'usage',
  'cancelled',
  // the camera
  'capture-too-many',
  'dilation-not-allowed',
  'dilation-batch-missing',
  'patterns-invalid',
  // storage
  'disk-full',
  'profile-read-only',
  'profile-locked',
  'profile-damaged',
  'database-damaged',
  'database-from-future',
  'database-wrong-key',
  'blob-damaged',
  // accounts
  'sign-in-required',
  'sign-in-failed',
  'sign-in-throttled',
  'not-signed-in',
  'account-left',
  'password-too-short',
  'password-too-common',
  'password-must-change',
  'password-wrong',
  'login-invalid',
  'login-taken',
  'pin-invalid',
  'pin-wrong',
  'pin-blocked',
  'code-invalid',
  'last-admin',
  'profile-exists',
  'validation-missing',
  // backup
  'backup-needs-accounts',
  'backup-target-lost',
  'backup-target-full',
  'backup-missing',
  'backup-damaged',
  // paper
  'paper-without-result',
  'paper-not-referred',
  'print-failed',
  'printer-missing',
  // model
  'bundle-missing',
  'bundle-damaged',
  'bundle-foreign',
  'bundle-preprocessing-mismatch',
  'bundle-forms-differ',
  'model-unknown',
  'model-in-use',
  'model-changed-since',
  'model-screening',
  'model-refused',
  'model-nothing-to-roll-back',
  // the test set of the promotion gate
  'gate-no-locked-patients',
  'gate-files-unreadable',
  'gate-training-unknown',
  'gate-training-overlap',
  'gate-test-set-leak',
  'gate-test-set-smaller',
  'gate-test-set-relabelled',
  'gate-test-set-changed',
  'gate-labels-not-adjudicated',
  // training
  'label-list-invalid',
  'recipe-invalid',
  'training-set-too-small',
  'training-diverged',
  'model-exists',
  'checkpoint-missing',
  'checkpoint-damaged',
  'checkpoint-foreign',
  'memory-short',
  'gpu-lost',
  'training-under-way',
  'training-not-resumable',
  'training-set-differs',
  'backbone-foreign',
  // reading
  'campaign-too-few-readers',
  'campaign-adjudicator-reads',
  'campaign-empty',
  'read-answered',
  'read-ended',
  'read-needs-reason',
  'read-not-answered',
  'reader-not-certified',
  'adjudication-waits',
  'case-taken',
  // data sets and packages
  'dataset-no-labels',
  'dataset-all-left-out',
  'dataset-consent-withdrawn',
  'dataset-image-missing',
  'dataset-image-altered',
  'dataset-image-undecodable',
  'dataset-duplicate-across-partitions',
  'folder-not-empty',
  'package-damaged',
  'package-passphrase-wrong',
  'package-altered',
  'package-own',
  'package-of-another-site',
  'package-older',
  'package-newer',
  'package-unknown',
  'package-nothing-to-read',
  // engine
  'engine-crashed',
  'engine-unavailable',
  'backend-unavailable',
  // ipc
  'ipc-forbidden',
  'ipc-invalid',
  // patients
  'patient-field-missing',
  'patient-erased',
  'patient-merged',
  'consent-missing',
  'consent-guardian-needed',
  'contact-not-allowed',
  'erase-not-confirmed',
  'referral-list-invalid',
  'not-permitted',
  'not-found',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
export type ErrorParams = Record<string, string | number>;

/** The serialisable form of an error. */
export interface AppErrorData {
  code: ErrorCode;
  params: ErrorParams;
}

/** The thrown form; `cause` stays in the process that threw it and goes to the log only. */
export class AppError extends Error implements AppErrorData {
  readonly code: ErrorCode;
  readonly params: ErrorParams;

  constructor(code: ErrorCode, params: ErrorParams = {}, cause?: unknown) {
    super(code, { cause });
    this.name = 'AppError';
    this.code = code;
    this.params = params;
  }

  toData(): AppErrorData {
    return { code: this.code, params: this.params };
  }
}

/** Any thrown thing as an AppError; what we did not foresee becomes `internal`, with the original as its cause. */
export function toAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError('internal', {}, thrown);
}
