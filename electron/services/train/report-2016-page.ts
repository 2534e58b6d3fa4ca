import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import type { EpochFacts } from '../../shared/domain/training';
import { rateText } from '../evaluate/report';
import { curvesPlot } from '../evaluate/plots';
import type { Figures } from '../evaluate/figures';
import { writeFileAtomically } from '../report/atomic-file';
import type { Html } from '../report/html';
import { html } from '../report/html';
import { htmlPage } from '../report/html-page';
import type { Report2016, Variant2016 } from './report-2016';

/** The comparison for reading: one HTML file that loads nothing. @throws AppError disk-full, output-not-writable */
export async function writeReport2016(path: string, report: Report2016, locale: Locale): Promise<void> {
  await writeFileAtomically(path, (write) => write(page(report, locale).text));
}

export function variantName(name: Variant2016['name'], locale: Locale): string {
  const words = { 'weighted-softmax': m.report2016_weighted, 'balanced-augmented': m.report2016_balanced, netra: m.report2016_netra };
  return words[name]({}, { locale });
}

function page(report: Report2016, locale: Locale): Html {
  const title = m.report2016_title({}, { locale });
  const { healthy, infected, tested, testedInfected } = report.photographs;
  return htmlPage(
    title,
    locale,
    html`<p>${m.report2016_photographs({ healthy, infected, tested, testedInfected }, { locale })}</p>
      <p class="limits">
        ${report.trained === 'head' ? m.report2016_head_only({ size: report.sizePx }, { locale }) : m.report2016_all_layers({ size: report.sizePx }, { locale })}
      </p>
      <table>
        <tr>
          <th></th>
          <th>${m.report2016_seen({}, { locale })}</th>
          <th>${m.report2016_locked({}, { locale })}</th>
          <th>${m.evaluation_screening({}, { locale })}</th>
          <th>${m.report2016_patients({}, { locale })}</th>
          <th>${m.evaluation_accuracy({}, { locale })}</th>
        </tr>
        ${report.variants.map((variant) => variantRow(variant, locale))}
      </table>
      ${report.variants.map((variant) => variantSection(variant, locale))}`,
  );
}

function variantRow({ name, seen, locked, lockedByPatient }: Variant2016, locale: Locale): Html {
  return html`<tr>
    <th>${variantName(name, locale)}</th>
    <td>${areaText(seen)}</td>
    <td>${areaText(locked)}</td>
    <td>${pointText(locked, locale)}</td>
    <td>${areaText(lockedByPatient)}; ${pointText(lockedByPatient, locale)}</td>
    <td>
      ${m.evaluation_accuracy_beside({ accuracy: locked.accuracy.toFixed(3), healthy: locked.accuracyAlwaysHealthy.toFixed(3) }, { locale })}
    </td>
  </tr>`;
}

export function areaText({ auc }: Pick<Figures, 'auc'>): string {
  return auc ? `${auc.value.toFixed(3)} (${auc.low.toFixed(3)}–${auc.high.toFixed(3)})` : '–';
}

function pointText({ screening }: Figures, locale: Locale): string {
  return m.evaluation_point(
    {
      threshold: screening.threshold.toFixed(3),
      sensitivity: rateText(screening.sensitivity),
      specificity: rateText(screening.specificity),
    },
    { locale },
  );
}

function variantSection({ name, history }: Variant2016, locale: Locale): Html {
  const epochs = history.map(({ epoch }) => epoch);
  const series = (of: (facts: EpochFacts) => number | null): (number | null)[] => history.map(of);
  return html`<section>
    <h2>${variantName(name, locale)}</h2>
    <div class="pictures">
      <figure>
        ${curvesPlot(epochs, [series((facts) => facts.trainingLoss), series((facts) => facts.validationLoss)])}
        <figcaption>${m.report2016_losses({}, { locale })}</figcaption>
      </figure>
    </div>
    <table>
      <tr>
        <th>${m.report2016_epoch({}, { locale })}</th>
        <th>${m.report2016_training_loss({}, { locale })}</th>
        <th>${m.report2016_validation_loss({}, { locale })}</th>
        <th>${m.evaluation_accuracy({}, { locale })}</th>
        <th>AUC</th>
      </tr>
      ${history.map(
        (facts) =>
          html`<tr>
            <td>${facts.epoch}</td>
            <td>${facts.trainingLoss.toFixed(3)}</td>
            <td>${facts.validationLoss?.toFixed(3) ?? '–'}</td>
            <td>${facts.validationAccuracy?.toFixed(3) ?? '–'}</td>
            <td>${facts.validationAuc?.toFixed(3) ?? '–'}</td>
          </tr>`,
      )}
    </table>
  </section>`;
}
