import { afterEach, describe, expect, test } from 'vitest';
import { AUDIT_ACTIONS, AUDIT_RECORDS } from '../../../electron/shared/domain/audit';
import { auditAction, auditActor, auditRecord } from '../../../renderer/src/features/accounts/audit-words';
import { useLocale } from '../../../renderer/src/lib/locale.svelte';

afterEach(() => {
  useLocale('en');
});

describe.each([
  ['en', /[a-z]/i],
  ['hi', /[\u0900-\u097f]/],
  ['ta', /[\u0b80-\u0bff]/],
] as const)('the audit log in %s', (locale, script) => {
  test('has words of its own for every event that the program writes, and no two events the same', () => {
    useLocale(locale);
    const said = AUDIT_ACTIONS.map(auditAction);
    expect(AUDIT_ACTIONS.filter((code, index) => said[index] === code || !script.test(said[index] ?? ''))).toEqual([]);
    expect(said.filter((words, index) => said.indexOf(words) !== index)).toEqual([]);
  });

  test('has words for everything that an event can be about', () => {
    useLocale(locale);
    expect(AUDIT_RECORDS.filter((code) => auditRecord(code) === code || !script.test(auditRecord(code)))).toEqual([]);
  });

  test('has words for whoever acts without an account', () => {
    useLocale(locale);
    for (const actorId of ['local', 'break-glass', 'camera-folder', 'running-audit']) {
      expect(auditActor({ actorId, actorName: null })).not.toBe(actorId);
    }
  });
});

test('an event that a newer version wrote is shown as its code', () => {
  expect(auditAction('moon.landed')).toBe('moon.landed');
});
