import { GATE_NOTES, GATE_REASONS, type GateResult, type PairedRate } from './clinical/promotion-gate';
import { m } from './messages/messages';
import type { Locale } from './messages/runtime';

/** What the gate said, in words; a code that a later version added stays a code. */
export function remarkText({ code, params }: { code: string; params: Record<string, string | number> }, locale: Locale): string {
  const known = [...GATE_REASONS, ...GATE_NOTES].find((one) => one === code);
  if (known === undefined) return code;
  const text = m[`gate_${known.replaceAll('-', '_')}` as keyof typeof m] as (
    inputs: Record<string, unknown>,
    options: { locale: Locale },
  ) => string;
  return text('slice' in params ? { ...params, slice: sliceText(String(params['slice']), locale) } : params, { locale });
}

function sliceText(slice: string, locale: Locale): string {
  const space = slice.indexOf(' ');
  const [kind, name] = [slice.slice(0, space), slice.slice(space + 1)];
  if (kind === 'source') return m.gate_slice_source({ name }, { locale });
  if (kind === 'camera') return m.gate_slice_camera({ name }, { locale });
  return name === 'readable' ? m.gate_slice_readable({}, { locale }) : m.gate_slice_unreadable({}, { locale });
}

/** How many more test patients are needed; null when there are enough. */
export function neededText({ stillNeeded }: Pick<GateResult, 'stillNeeded'>, locale: Locale): string | null {
  const { referable, nonReferable } = stillNeeded;
  if (referable === 0 && nonReferable === 0) return null;
  const never = m.gate_never_enough({}, { locale });
  return m.gate_needed({ referable: referable ?? never, nonReferable: nonReferable ?? never }, { locale });
}

/** Both rates of both models, where there is anybody to measure them on. */
export function rateTexts({ sensitivity, specificity }: Pick<GateResult, 'sensitivity' | 'specificity'>, locale: Locale): string[] {
  return [
    ...(sensitivity === null ? [] : [m.gate_sensitivity(rateParams(sensitivity), { locale })]),
    ...(specificity === null ? [] : [m.gate_specificity(rateParams(specificity), { locale })]),
  ];
}

function rateParams(rate: PairedRate): Record<'count' | 'candidate' | 'candidateLow' | 'active' | 'low', string> {
  return {
    count: String(rate.of),
    candidate: rate.candidate.toFixed(3),
    candidateLow: rate.candidateLow.toFixed(3),
    active: rate.active.toFixed(3),
    low: rate.differenceLow.toFixed(3),
  };
}

export function verdictText(verdict: GateResult['verdict'], locale: Locale): string {
  return { passed: m.gate_passed, 'not-validated-here': m.gate_not_validated, refused: m.gate_refused }[verdict]({}, { locale });
}
