/** A day of the site's calendar, `YYYY-MM-DD`: sorts as text, has no zone and no clock. */
export type Day = string;

export const DAY_UNITS = ['day', 'month', 'year'] as const;
export type DayUnit = (typeof DAY_UNITS)[number];

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Dates are for India first: day before month. */
const REGIONS: Record<string, string> = { en: 'en-IN', hi: 'hi-IN', ta: 'ta-IN' };

/**
 * The day at the site. "Today" is the site's, not the machine's.
 *
 * @param instantMs UTC milliseconds
 * @param zone IANA name, such as `Asia/Kolkata`; RangeError when there is no such zone
 */
export function siteDay(instantMs: number, zone: string): Day {
  const parts = dayFormat(zone).formatToParts(instantMs);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}`;
}

/** Making one takes a millisecond, using it a few microseconds; a program meets one zone or two. */
const dayFormats = new Map<string, Intl.DateTimeFormat>();

function dayFormat(zone: string): Intl.DateTimeFormat {
  const known = dayFormats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  dayFormats.set(zone, made);
  return made;
}

/** The hour at the site, 0 to 23. */
export function siteHour(instantMs: number, zone: string): number {
  return Number(new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' }).format(instantMs));
}

/** The instant at which the day of another instant began at the site: midnight there, or the first moment after it where clocks jumped over midnight. */
export function siteDayStart(instantMs: number, zone: string): number {
  const day = siteDay(instantMs, zone);
  // The zone's distance from UTC differs by at most 14 hours from what it is at UTC's own midnight; look for the change of day around it.
  let [before, after] = [Date.parse(`${day}T00:00:00Z`) - 15 * HOUR_MS, Math.min(instantMs, Date.parse(`${day}T00:00:00Z`) + 13 * HOUR_MS)];
  if (siteDay(after, zone) !== day) after = instantMs;
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (siteDay(middle, zone) < day) before = middle;
    else after = middle;
  }
  return after;
}

/** A day later; months and years end on the last day of a shorter month (31 January + 1 month = 28 or 29 February). */
export function addToDay(day: Day, amount: number, unit: DayUnit): Day {
  const at = new Date(`${day}T00:00:00Z`);
  if (unit === 'day') return dayOf(new Date(at.getTime() + amount * DAY_MS));
  const months = at.getUTCFullYear() * 12 + at.getUTCMonth() + amount * (unit === 'year' ? 12 : 1);
  const lastDay = new Date(Date.UTC(Math.floor(months / 12), (months % 12) + 1, 0)).getUTCDate();
  return dayOf(new Date(Date.UTC(Math.floor(months / 12), months % 12, Math.min(at.getUTCDate(), lastDay))));
}

/** For `Intl`: the language as it is written in India. */
export function regionOf(locale: string): string {
  return REGIONS[locale] ?? locale;
}

/** `21 December 2026` */
export function dayText(day: Day, locale: string): string {
  return format(day, locale, { day: 'numeric', month: 'long', year: 'numeric' });
}

/** `December 2026` */
export function monthText(day: Day, locale: string): string {
  return format(day, locale, { month: 'long', year: 'numeric' });
}

function format(day: Day, locale: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(regionOf(locale), { ...options, timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
}

function dayOf(date: Date): Day {
  return date.toISOString().slice(0, 10);
}
