import type { Examined } from '../services/models/promote';
import type { ListedModel, ShownModel } from '../services/models/registry';
import type { recallList } from '../services/models/rollback';
import { GATE_NOTES, GATE_REASONS, type PairedRate } from '../shared/clinical/promotion-gate';
import { formatShortId } from '../shared/domain/short-id';
import { messageForError } from '../shared/error-message';
import { m } from '../shared/messages/messages';
import type { Locale } from '../shared/messages/runtime';

const ID_DIGITS = 12;

export function listText(models: readonly ListedModel[], locale: Locale): string {
  return models
    .map((model) => {
      const marks = [model.inUse ? m.cli_models_in_use({}, { locale }) : '', stateText(model, locale)].filter((mark) => mark !== '');
      const trouble = model.trouble === null ? '' : `\n    ${messageForError(model.trouble, locale)} (${model.trouble.code})`;
      return `${model.inUse ? '*' : ' '} ${model.id.slice(0, ID_DIGITS)}  ${model.name}  (${marks.join('; ')})${trouble}\n`;
    })
    .join('');
}

function stateText({ shipped, activation }: ListedModel, locale: Locale): string {
  if (shipped) return m.cli_models_shipped({}, { locale });
  if (activation === null) return m.cli_models_never_used({}, { locale });
  if (activation.rolledBackAt !== null) return m.cli_models_taken_back({ day: dayOf(activation.rolledBackAt) }, { locale });
  const day = dayOf(activation.at);
  return activation.validated ? m.cli_models_validated({ day }, { locale }) : m.cli_models_unvalidated({ day }, { locale });
}

/** Lineage and examinations, below the model card. */
export function shownText({ ancestors, promotions }: ShownModel, locale: Locale): string {
  const lines: string[] = [];
  if (ancestors.length > 0) {
    const names = ancestors.map(({ id, name }) => `${name ?? m.cli_models_unknown({}, { locale })} (${id.slice(0, ID_DIGITS)})`);
    lines.push(m.cli_models_lineage({ models: names.join(' ← ') }, { locale }));
  }
  for (const promotion of promotions) {
    const verdict = {
      passed: m.cli_models_verdict_passed,
      'not-validated-here': m.cli_models_verdict_not_validated,
      refused: m.cli_models_verdict_refused,
    }[promotion.verdict]({}, { locale });
    const active = promotion.activeId.slice(0, ID_DIGITS);
    const doctor = promotion.countersignedBy ?? '–';
    lines.push(m.cli_models_examined({ day: dayOf(promotion.createdAt), verdict, active, doctor }, { locale }));
    lines.push(...promotion.reasons.map((remark) => `  - ${remarkText(remark, locale)}`));
  }
  return lines.length === 0 ? '' : `\n${lines.join('\n')}\n`;
}

export function examinationText({ candidate, result, activated }: Examined, locale: Locale): string {
  const lines: string[] = [];
  if (result.sensitivity) lines.push(m.gate_sensitivity(rateParams(result.sensitivity), { locale }));
  if (result.specificity) lines.push(m.gate_specificity(rateParams(result.specificity), { locale }));
  lines.push(
    { passed: m.gate_passed, 'not-validated-here': m.gate_not_validated, refused: m.gate_refused }[result.verdict]({}, { locale }),
    ...result.reasons.map((reason) => `  - ${remarkText(reason, locale)}`),
    ...result.notes.map((note) => `    ${remarkText(note, locale)}`),
  );
  const { referable, nonReferable } = result.stillNeeded;
  if (referable !== 0 || nonReferable !== 0) {
    const never = m.gate_never_enough({}, { locale });
    lines.push(m.gate_needed({ referable: referable ?? never, nonReferable: nonReferable ?? never }, { locale }));
  }
  if (activated) lines.push(m.cli_models_activated({ model: candidate.name }, { locale }));
  return `${lines.join('\n')}\n`;
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

type Remark = ShownModel['promotions'][number]['reasons'][number];

/** What the gate said, in words; a code that a later version added stays a code. */
function remarkText({ code, params }: Remark, locale: Locale): string {
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

/** Those whom the second look would not send home come first. */
export function recallText(recalled: ReturnType<typeof recallList>, locale: Locale): string {
  const lines: string[] = [m.cli_models_recalled({ count: recalled.length }, { locale })];
  const urgency = ({ rescored }: (typeof recalled)[number]): number =>
    rescored === null ? 2 : rescored.urgent ? 0 : rescored.result === 'no-refer' ? 3 : 1;
  for (const one of [...recalled].sort((a, b) => urgency(a) - urgency(b))) {
    const now = one.rescored === null ? m.cli_models_not_rescored({}, { locale }) : resultText(one.rescored, locale);
    lines.push(`  ${m.cli_models_recalled_one({ patient: formatShortId(one.shortId), day: dayOf(one.at), now }, { locale })}`);
  }
  return `${lines.join('\n')}\n`;
}

function resultText({ result, urgent }: { result: string; urgent: boolean }, locale: Locale): string {
  if (urgent) return m.result_ai_refer_urgently({}, { locale });
  if (result === 'refer') return m.result_patient_refer({}, { locale });
  if (result === 'no-refer') return m.result_patient_no_refer({}, { locale });
  return result === 'ungradable' ? m.result_patient_ungradable({}, { locale }) : m.result_patient_incomplete({}, { locale });
}

function dayOf(instantMs: number): string {
  return new Date(instantMs).toISOString().slice(0, 10);
}
