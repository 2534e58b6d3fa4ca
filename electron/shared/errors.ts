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
  // storage
  'disk-full',
  'profile-read-only',
  'profile-locked',
  'profile-damaged',
  'database-damaged',
  'database-from-future',
  'database-wrong-key',
  'blob-damaged',
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
  // engine
  'engine-crashed',
  'engine-unavailable',
  'backend-unavailable',
  // ipc
  'ipc-forbidden',
  'ipc-invalid',
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
