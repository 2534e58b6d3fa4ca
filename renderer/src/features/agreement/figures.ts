import { m } from '../../../../electron/shared/messages/messages';
import { region } from '../../lib/format';

/** `0.84`; a dash where there is none. */
export function figure(value: number | null | undefined, digits = 2): string {
  if (value === null || value === undefined) return '–';
  return new Intl.NumberFormat(region(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

/** `0.84 (0.79 to 0.88)` */
export function withInterval(value: number | null | undefined, interval: { low: number; high: number } | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (!interval) return figure(value);
  return m.agreement_interval({ value: figure(value), low: figure(interval.low), high: figure(interval.high) });
}
