import { m } from '../../../electron/shared/messages/messages';
import { locale } from './locale.svelte';

/** Dates are for India first: day before month. Digits stay 0-9 in every language, as on Indian forms. */
const REGIONS = { en: 'en-IN', hi: 'hi-IN-u-nu-latn', ta: 'ta-IN-u-nu-latn' } as const;

export function region(): string {
  return REGIONS[locale()];
}

/** `12,34,567` */
export function wholeNumber(value: number): string {
  return new Intl.NumberFormat(region(), { maximumFractionDigits: 0 }).format(value);
}

/** One digit below ten a second, none above: more is noise. */
export function ratePerSecond(value: number): string {
  return new Intl.NumberFormat(region(), { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** A probability 0..1 with two digits; never rounded up to a certainty. */
export function score(value: number): string {
  const shown = Math.min(Math.max(Math.floor(value * 100) / 100, 0), 0.99);
  return new Intl.NumberFormat(region(), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value >= 1 ? 1 : shown);
}

/** `84 %` */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–';
  return new Intl.NumberFormat(region(), { style: 'percent', maximumFractionDigits: 1 }).format(share);
}

/** `23 November 2026, 9:14 am` */
export function dateAndTime(instantMs: number): string {
  return new Intl.DateTimeFormat(region(), { dateStyle: 'medium', timeStyle: 'short' }).format(instantMs);
}

/** `2 min 5 s`, `1 h 4 min`; whole seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) return m.window_duration_hours({ hours: String(hours), minutes: String(minutes) });
  if (minutes > 0) return m.window_duration_minutes({ minutes: String(minutes), seconds: String(whole % 60) });
  return m.window_duration_seconds({ seconds: String(whole) });
}

/** `23 Nov 2026` */
export function day(instantMs: number): string {
  return new Intl.DateTimeFormat(region(), { dateStyle: 'medium' }).format(instantMs);
}

/** `Nov 2026`. @param yearAndMonth `2026-11` */
export function month(yearAndMonth: string): string {
  const first = Date.parse(`${yearAndMonth}-01T00:00:00Z`);
  return new Intl.DateTimeFormat(region(), { month: 'short', year: 'numeric', timeZone: 'UTC' }).format(first);
}

/** `9:14 am` */
export function timeOfDay(instantMs: number): string {
  return new Intl.DateTimeFormat(region(), { timeStyle: 'short' }).format(instantMs);
}
