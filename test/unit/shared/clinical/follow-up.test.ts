import { expect, test } from 'vitest';
import { attendedInTime, rescreenState } from '../../../../electron/shared/clinical/follow-up';

test.each([
  ['2026-06-01', false, false, 'later'],
  ['2026-03-31', false, false, 'due'],
  ['2026-03-01', false, false, 'due'],
  ['2026-02-28', false, false, 'overdue'],
  ['2026-02-28', false, true, 'contacted'],
  ['2026-06-01', false, true, 'later'],
  ['2026-02-28', true, true, 'attended'],
] as const)('somebody to come again on %s (came: %s, reached: %s) is %s on the first of March', (dueDay, attended, reached, state) => {
  expect(rescreenState({ dueDay, attended, reached }, '2026-03-01')).toBe(state);
});

test('of urgent referrals four weeks old, those who attended within four weeks', () => {
  const referrals = [
    { referredOn: '2026-01-01', attendedOn: '2026-01-29' },
    { referredOn: '2026-01-01', attendedOn: '2026-01-30' },
    { referredOn: '2026-01-01', attendedOn: null },
    // Too young to count, though it attended.
    { referredOn: '2026-02-20', attendedOn: '2026-02-21' },
  ];
  expect(attendedInTime(referrals, '2026-03-01')).toEqual({ attended: 1, referred: 3 });
});
