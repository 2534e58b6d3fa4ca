import { expect, test } from 'vitest';
import { draftOf, identityOf, yearOrNull } from '../../../renderer/src/features/patients/identity-draft';
import { EMPTY_IDENTITY } from '../../../electron/shared/domain/patients';

test('an age becomes a year, a year stays one, and anything else is not known', () => {
  expect(['52', '1974', '0', '', 'old', '19745'].map((typed) => yearOrNull(typed, 2026))).toEqual([1974, 1974, 2026, null, null, null]);
});

test('what was left empty is not known, never an empty text', () => {
  expect(identityOf({ ...draftOf(), name: '  ', phone: '' }, 2026)).toEqual(EMPTY_IDENTITY);
});

test('an identity goes through the fields unchanged', () => {
  const identity = {
    ...EMPTY_IDENTITY,
    name: 'Lakshmi',
    yearOfBirth: 1970,
    sex: 'female' as const,
    phone: '98400 12345',
    diabetes: { type: 'type-2' as const, sinceYear: 2010, treatment: 'tablets' as const },
  };
  expect(identityOf(draftOf(identity), 2026)).toEqual(identity);
});
