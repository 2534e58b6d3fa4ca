import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import type { AtThreshold, Rate } from '../../shared/statistics/operating-points';
import { writeFileAtomically } from '../report/atomic-file';
import type { Html } from '../report/html';
import { html } from '../report/html';
import { htmlPage } from '../report/html-page';
import type { Picture } from '../report/pictures';
import { pictureHtml } from '../report/report-html';
import { reliabilityPlot, rocPlot } from './plots';
import { MOST_PICTURED, type WorstPictures } from './worst-pictures';
import type { EvaluatedImage, Evaluation, EvaluationGroup, EvaluationPart } from './evaluate';

/** More rows than anybody reads. */
const MOST_NAMED = 50;

/** The evaluation for reading: one HTML file that loads nothing. @throws AppError disk-full, output-not-writable */
export async function writeEvaluationReport(path: string, evaluation: Evaluation, pictures: WorstPictures, locale: Locale): Promise<void> {
  const drawn = await pictures.drawn();
  await writeFileAtomically(path, (write) => write(page(evaluation, drawn, locale).text));
}

function page(evaluation: Evaluation, drawn: ReadonlyMap<string, Picture>, locale: Locale): Html {
  const title = m.evaluation_title({ name: evaluation.modelName }, { locale });
  return htmlPage(
    title,
    locale,
    html`<p class="soft">${evaluation.modelId}</p>
      <p class="limits">${m.evaluation_limits({}, { locale })}</p>
      ${evaluation.parts.map((part) => partSection(part, evaluation, locale))} ${trainedOnSection(evaluation, locale)}
      ${errorSection(m.evaluation_missed({ count: evaluation.missed.length }, { locale }), evaluation.missed, drawn, locale)}
      ${errorSection(m.evaluation_alarms({ count: evaluation.alarms.length }, { locale }), evaluation.alarms, drawn, locale)}`,
  );
}

function partSection(part: EvaluationPart, evaluation: Evaluation, locale: Locale): Html {
  const images = evaluation.images.filter((image) => image.locked === part.locked);
  const whole = part.groups[0]?.figures;
  return html`<section>
    <h2>${part.locked ? m.cli_evaluate_locked_part({}, { locale }) : m.cli_evaluate_other_part({}, { locale })}</h2>
    <table>
      <tr>
        <th></th>
        <th>${m.evaluation_cases({}, { locale })}</th>
        <th>AUC</th>
        <th>${m.evaluation_severe({}, { locale })}</th>
        <th>${m.evaluation_screening({}, { locale })}</th>
        <th>${m.evaluation_confirm({}, { locale })}</th>
        <th>${m.evaluation_kappa({}, { locale })}</th>
        <th>${m.evaluation_error({}, { locale })}</th>
        <th>${m.evaluation_accuracy({}, { locale })}</th>
      </tr>
      ${part.groups.map((group) => groupRow(group, locale))}
    </table>
    ${whole ? prevalenceTable(whole.prevalence, locale) : null}
    <div class="pictures">
      <figure>
        ${rocPlot(scoredOf(images))}
        <figcaption>${m.evaluation_roc({}, { locale })}</figcaption>
      </figure>
      ${
        whole
          ? html`<figure>
              ${reliabilityPlot(whole.reliability)}
              <figcaption>${m.evaluation_reliability({}, { locale })}</figcaption>
            </figure>`
          : null
      }
    </div>
    ${whole ? confusionTable(whole.confusion, locale) : null}
  </section>`;
}

function scoredOf(images: readonly EvaluatedImage[]): { score: number; positive: boolean }[] {
  return images.flatMap((image) => (image.p ? [{ score: image.p[1] ?? 0, positive: image.referable }] : []));
}

function groupRow({ name, figures, tooFew }: EvaluationGroup, locale: Locale): Html {
  const area = (value: EvaluationGroup['figures']['auc']): string =>
    value ? `${value.value.toFixed(3)} (${value.low.toFixed(3)}–${value.high.toFixed(3)})` : '–';
  return html`<tr>
    <th>${name}${tooFew ? html`<br /><span class="soft">${m.evaluation_too_few({}, { locale })}</span>` : null}</th>
    <td>${m.evaluation_count({ cases: figures.cases, positives: figures.positives, notScored: figures.notScored }, { locale })}</td>
    <td>${area(figures.auc)}</td>
    <td>${area(figures.aucSevere)}</td>
    <td>${pointText(figures.screening, locale)}</td>
    <td>${figures.confirm ? pointText(figures.confirm, locale) : '–'}</td>
    <td>${figures.kappa ? `${figures.kappa.value.toFixed(3)} (${figures.kappa.low.toFixed(3)}–${figures.kappa.high.toFixed(3)})` : '–'}</td>
    <td>${figures.calibrationError.toFixed(3)}</td>
    <td>
      ${m.evaluation_accuracy_beside({ accuracy: figures.accuracy.toFixed(3), healthy: figures.accuracyAlwaysHealthy.toFixed(3) }, { locale })}
    </td>
  </tr>`;
}

function pointText(point: AtThreshold, locale: Locale): string {
  return m.evaluation_point(
    { threshold: point.threshold.toFixed(3), sensitivity: rateText(point.sensitivity), specificity: rateText(point.specificity) },
    { locale },
  );
}

/** Value with Wilson's and the exact interval. */
export function rateText(rate: Rate | null): string {
  if (!rate) return '–';
  const { wilson, clopperPearson } = rate;
  return `${rate.value.toFixed(3)} (Wilson ${wilson.low.toFixed(3)}–${wilson.high.toFixed(3)}, exact ${clopperPearson.low.toFixed(3)}–${clopperPearson.high.toFixed(3)})`;
}

function prevalenceTable(rows: EvaluationGroup['figures']['prevalence'], locale: Locale): Html | null {
  if (rows.length === 0) return null;
  return html`<ul>
    ${rows.map(
      ({ prevalence, referralsPer100, positivePredictive, negativePredictive }) =>
        html`<li>
          ${m.evaluation_prevalence(
            {
              share: (100 * prevalence).toFixed(1),
              referrals: referralsPer100.toFixed(0),
              positive: positivePredictive?.toFixed(3) ?? '–',
              negative: negativePredictive?.toFixed(4) ?? '–',
            },
            { locale },
          )}
        </li>`,
    )}
  </ul>`;
}

function confusionTable(confusion: readonly (readonly number[])[], locale: Locale): Html {
  return html`<h3>${m.evaluation_confusion({}, { locale })}</h3>
    <table>
      <tr>
        <th></th>
        ${confusion.map((_, grade) => html`<th>${grade}</th>`)}
      </tr>
      ${confusion.map(
        (row, grade) =>
          html`<tr>
            <th>${grade}</th>
            ${row.map((count) => html`<td>${count}</td>`)}
          </tr>`,
      )}
    </table>`;
}

function trainedOnSection({ trainedOn }: Evaluation, locale: Locale): Html {
  const text =
    trainedOn === null
      ? m.evaluation_trained_unknown({}, { locale })
      : m.evaluation_trained_on({ count: trainedOn.length, patients: trainedOn.slice(0, MOST_NAMED).join(', ') || '–' }, { locale });
  return html`<p>${text}</p>`;
}

/** The worst with photograph and heat map, further ones by name. */
function errorSection(title: string, errors: readonly EvaluatedImage[], drawn: ReadonlyMap<string, Picture>, locale: Locale): Html {
  const words = ({ file, grade, p }: EvaluatedImage): string => `${file}: ${grade ?? '–'}, ${p?.[1]?.toFixed(3) ?? '–'}`;
  const pictured = errors.filter(({ file }) => drawn.has(file)).slice(0, MOST_PICTURED);
  const others = errors.filter((image) => !pictured.includes(image)).slice(0, MOST_NAMED);
  return html`<section>
    <h2>${title}</h2>
    <div class="pictures">
      ${pictured.map(
        (image) =>
          html`<figure>
            ${pictureHtml(image.file, drawn.get(image.file) ?? null, locale)}
            <figcaption>${words(image)}</figcaption>
          </figure>`,
      )}
    </div>
    <ul>
      ${others.map((image) => html`<li>${words(image)}</li>`)}
    </ul>
  </section>`;
}
