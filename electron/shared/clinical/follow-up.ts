import { addToDay, type Day } from './days';
import type { RescreenState } from '../domain/patients';

/** A call comes so long before the day to come again. */
const DUE_AHEAD_DAYS = 30;
/** What an urgent referral is measured by: screening without referral saves no sight. */
const IN_TIME_DAYS = 28;

/** Where somebody stands who is to come again. Having come counts before having been reached, and that before being late. */
export function rescreenState(
  { dueDay, attended, reached }: { dueDay: Day; attended: boolean; reached: boolean },
  today: Day,
): RescreenState {
  if (attended) return 'attended';
  if (addToDay(dueDay, -DUE_AHEAD_DAYS, 'day') > today) return 'later';
  if (reached) return 'contacted';
  return dueDay < today ? 'overdue' : 'due';
}

/**
 * Of the urgent referrals that are at least four weeks old, how many attended within four weeks. A younger one that has attended already does not
 * count yet: it would make the share look better than it is.
 */
export function attendedInTime(
  urgent: readonly { referredOn: Day; attendedOn: Day | null }[],
  today: Day,
): { attended: number; referred: number } {
  const old = urgent.filter(({ referredOn }) => addToDay(referredOn, IN_TIME_DAYS, 'day') <= today);
  const inTime = old.filter(({ referredOn, attendedOn }) => attendedOn !== null && attendedOn <= addToDay(referredOn, IN_TIME_DAYS, 'day'));
  return { attended: inTime.length, referred: old.length };
}
