import type { Interval } from '../../../../electron/shared/statistics/intervals';
import type { ModelRow, PromotionRow } from '../../../../electron/shared/ipc/models';
import { m } from '../../../../electron/shared/messages/messages';
import { day } from '../../lib/format';
import type { Sign } from '../../lib/words';

/** Digits of an id that are shown: enough to tell models apart. */
const ID_DIGITS = 12;

export function shortModelId(id: string): string {
  return id.slice(0, ID_DIGITS);
}

/** How a model stands. */
export function modelSign({ shipped, activation, trouble }: ModelRow): Sign {
  if (trouble !== null) return { tone: 'urgent', icon: 'failed', text: () => trouble.code };
  if (shipped) return { tone: 'waiting', icon: 'model', text: () => m.models_shipped() };
  if (activation === null) return { tone: 'waiting', icon: 'waiting', text: () => m.models_never_used() };
  const { rolledBackAt, validated, at } = activation;
  if (rolledBackAt !== null) return { tone: 'refer', icon: 'again', text: () => m.models_taken_back({ day: day(rolledBackAt) }) };
  return validated
    ? { tone: 'waiting', icon: 'check', text: () => m.models_validated({ day: day(at) }) }
    : { tone: 'refer', icon: 'info', text: () => m.models_unvalidated({ day: day(at) }) };
}

export const VERDICTS: Readonly<Record<PromotionRow['verdict'], () => string>> = {
  passed: m.models_verdict_passed,
  'not-validated-here': m.models_verdict_not_validated,
  refused: m.models_verdict_refused,
};

/** `0.912 (0.871–0.941)` */
export function withInterval(value: { value: number } & Partial<Interval> & { wilson?: Interval }): string {
  const { low, high } = value.wilson ?? value;
  const figure = value.value.toFixed(3);
  return low === undefined || high === undefined ? figure : `${figure} (${low.toFixed(3)}–${high.toFixed(3)})`;
}
