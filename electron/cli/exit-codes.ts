import type { ErrorCode } from '../shared/errors';

/** What a calling program may rely on. */
export const EXIT = { done: 0, internal: 1, usage: 2, nothingToScreen: 3, cancelled: 130 } as const;

const CODES: Partial<Record<ErrorCode, number>> = {
  usage: EXIT.usage,
  'path-not-found': EXIT.usage,
  'patient-list-invalid': EXIT.usage,
  'nothing-to-screen': EXIT.nothingToScreen,
  cancelled: EXIT.cancelled,
};

export function exitCodeFor(code: ErrorCode): number {
  return CODES[code] ?? EXIT.internal;
}
