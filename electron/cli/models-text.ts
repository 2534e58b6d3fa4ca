import type { Examined } from '../services/models/promote';
import type { ListedModel, ShownModel } from '../services/models/registry';
import type { recallList } from '../services/models/rollback';
import { formatShortId } from '../shared/domain/short-id';
import { messageForError } from '../shared/error-message';
import { neededText, rateTexts, remarkText, verdictText } from '../shared/gate-text';
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
    const names = ancestors.map(({ id, name }) => `${name} (${id.slice(0, ID_DIGITS)})`);
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
  const needed = neededText(result, locale);
  const lines = [
    ...rateTexts(result, locale),
    verdictText(result.verdict, locale),
    ...result.reasons.map((reason) => `  - ${remarkText(reason, locale)}`),
    ...result.notes.map((note) => `    ${remarkText(note, locale)}`),
    ...(needed === null ? [] : [needed]),
    ...(activated ? [m.cli_models_activated({ model: candidate.name }, { locale })] : []),
  ];
  return `${lines.join('\n')}\n`;
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
