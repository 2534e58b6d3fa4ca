import { randomInt } from 'node:crypto';
import { makeEmergencyCode } from '../../shared/domain/emergency-code';

/** Names of the two codes' entries in the vault. */
export const CODE_ENTRIES = {
  recovery: { id: 'recovery', kind: 'recovery', login: null },
  'break-glass': { id: 'break-glass', kind: 'break-glass', login: null },
} as const;
export type CodeKind = keyof typeof CODE_ENTRIES;

export function newCode(): string {
  return makeEmergencyCode((limit) => randomInt(limit));
}

/** Twelve symbols an administrator reads out once: 59 bits, and its owner changes it at the first sign-in. */
export function temporaryPassword(): string {
  const symbols = newCode().slice(0, 12).toLowerCase();
  return [symbols.slice(0, 4), symbols.slice(4, 8), symbols.slice(8)].join('-');
}
