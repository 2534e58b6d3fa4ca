import { regionOf } from '../../shared/clinical/days';
import type { Eye } from '../../shared/domain/codes';
import type { EyeRow, ImageRow, RunFacts } from '../../shared/domain/screening';
import { messageForError } from '../../shared/error-message';
import { FULL_EVIDENCE } from '../../shared/evidence-colour';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import { adviceText, type SiteRules } from './advice-text';
import { eyeReasonText, imageResultText, noteText, patientReasonText, qualityReasonText } from './code-texts';
import { Html, html } from './html';
import type { Picture } from './pictures';
import { pageFile, type ReportPage, type ReportPatient } from './report-pages';
import { REPORT_STYLE } from './report-style';

/** What every page of a report says beside its patients. */
export interface ReportFrame {
  facts: RunFacts;
  site: SiteRules;
  pages: number;
  /** Advice sentence and number of patients, in the order of the page. */
  groups: readonly { advice: string; count: number }[];
  failed: readonly ImageRow[];
  problems: readonly string[];
  /** Calibrated P(grade >= 2) at or above which a photograph is referred. */
  threshold: number;
  /** UTC milliseconds. */
  writtenAt: number;
  locale: Locale;
}

/** Everything up to the first patient. The policy forbids the file to load or run anything. */
export function pageStart(frame: ReportFrame, page: ReportPage): Html {
  const { locale } = frame;
  // It would close here what pageEnd closes.
  // prettier-ignore
  return html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${m.report_title({}, { locale })}</title>
        <style>
          ${new Html(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <h1>${m.report_title({}, { locale })}</h1>
        ${factLines(frame)} ${limits(frame)} ${page.number === 1 ? overview(frame) : null} ${pageLinks(frame, page.number)}
        <h2>${m.report_patients({}, { locale })}</h2>
`;
}

export function pageEnd(frame: ReportFrame, page: ReportPage): Html {
  return html`${pageLinks(frame, page.number)}
</body>
</html>
`;
}

function factLines({ facts, site, threshold, writtenAt, locale }: ReportFrame): Html {
  const format = new Intl.DateTimeFormat(regionOf(locale), {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: site.timeZone,
  });
  const created = format.format(writtenAt);
  const { found, done, reused, failed, otherFiles: other } = facts.counts;
  const { backend, preprocessing, gate } = facts;
  return html`<p class="soft">${m.report_created({ date: created }, { locale })}</p>
    <p class="soft">${m.report_model({ name: facts.modelName, id: facts.modelId }, { locale })}</p>
    <p class="soft">${m.report_backend({ backend, preprocessing, gate }, { locale })}</p>
    <p class="soft">${m.report_threshold({ value: threshold.toFixed(3) }, { locale })}</p>
    <p>${m.summary_images({ found, done, reused, failed, other }, { locale })}</p>`;
}

function limits({ facts, locale }: ReportFrame): Html {
  const lines = [
    m.limits_statement({}, { locale }),
    m.limits_scope({}, { locale }),
    m.result_image_not_a_decision({}, { locale }),
    m.limits_could_not_be_read({}, { locale }),
  ];
  if (!facts.validatedHere) lines.push(m.limits_not_validated({}, { locale }));
  if (!facts.protected) lines.push(m.profile_not_protected({}, { locale }));
  lines.push(m.report_heat_map_note({}, { locale }), m.report_heat_scale({ full: FULL_EVIDENCE }, { locale }));
  return html`<div class="limits">${lines.map((line) => html`<p>${line}</p>`)}</div>`;
}

function overview({ groups, failed, problems, pages, locale }: ReportFrame): Html {
  const failedRows = failed.map(
    ({ file, error }) =>
      html`<tr>
        <td>${file}</td>
        <td>${error === null ? '' : messageForError(error, locale)}</td>
        <td>${error?.code ?? ''}</td>
      </tr>`,
  );
  return html`<h2>${m.summary_title({}, { locale })}</h2>
    <table>
      ${groups.map(
        ({ advice, count }) =>
          html`<tr>
            <td>${advice}</td>
            <td>${count}</td>
          </tr>`,
      )}
    </table>
    ${pages > 1 ? html`<p class="soft">${m.report_pages_note({ pages }, { locale })}</p>` : null}
    ${failed.length + problems.length > 0 ? html`<h2>${m.report_problems({}, { locale })}</h2>` : null}
    ${problems.map((problem) => html`<p>${problem}</p>`)}
    ${
      failed.length > 0
        ? html`<table>
            ${failedRows}
          </table>`
        : null
    }`;
}

function pageLinks({ pages, locale }: ReportFrame, current: number): Html | null {
  if (pages === 1) return null;
  const numbers = Array.from({ length: pages }, (_, index) => index + 1);
  return html`<nav>
    ${m.report_page({ number: current, pages }, { locale })}:
    ${numbers.map((number) => (number === current ? html`<b>${number}</b> ` : html`<a href="${pageFile(number)}">${number}</a> `))}
  </nav>`;
}

/** One patient with all photographs. */
export function patientHtml(frame: ReportFrame, { row, images }: ReportPatient, pictures: ReadonlyMap<string, Picture>): Html {
  const { locale, facts, site } = frame;
  const title = row.identified
    ? `${m.report_patient({}, { locale })} ${row.patient}`
    : `${m.report_standing_alone({}, { locale })}: ${row.patient}`;
  return html`<article${row.urgent ? new Html(' class="urgent"') : null}>
<h3>${title}</h3>
<p class="advice">${adviceText(row, facts, site, locale)}</p>
<p>${row.reasons.map((reason) => patientReasonText(reason, locale)).join('; ')}</p>
<table>${row.eyes.map((eye) => eyeHtml(eye, locale))}</table>
<div class="pictures">${rightFirst(images).map((image) => imageHtml(image, pictures.get(image.imageId ?? '') ?? null, locale))}</div>
</article>
`;
}

/** Right before left, as eye doctors write; what is unknown last. */
function rightFirst(images: readonly ImageRow[]): ImageRow[] {
  const place = ({ eye }: ImageRow): number => (eye === 'right' ? 0 : eye === 'left' ? 1 : 2);
  return images.toSorted((a, b) => place(a) - place(b));
}

function eyeName(eye: Eye | null, locale: Locale): string {
  if (eye === null) return m.eye_unknown({}, { locale });
  return eye === 'right' ? m.eye_right({}, { locale }) : m.eye_left({}, { locale });
}

function eyeHtml({ eye, reasons, p2 }: EyeRow, locale: Locale): Html {
  return html`<tr>
    <th>${eyeName(eye, locale)}</th>
    <td>${reasons.map((reason) => eyeReasonText(reason, locale)).join('; ')}</td>
    <td>${p2 === null ? m.report_not_scored({}, { locale }) : `${m.report_score({}, { locale })} ${p2.toFixed(3)}`}</td>
  </tr>`;
}

function imageHtml(image: ImageRow, picture: Picture | null, locale: Locale): Html {
  const facts = [
    imageResultText(image.result, locale),
    ...image.reasons.map((reason) => qualityReasonText(reason, locale)),
    ...(image.quality === null ? [] : [`${m.report_quality({}, { locale })} ${image.quality.toFixed(2)}`]),
    ...(image.p === null ? [] : [`${m.report_score({}, { locale })} ${image.p[1].toFixed(3)}`]),
    ...(image.error === null ? [] : [messageForError(image.error, locale)]),
    ...image.notes.map((note) => noteText(note, locale)),
  ];
  return html`<figure>
    ${pictureHtml(image.file, picture, locale)}
    <figcaption><b>${eyeName(image.eye, locale)}</b> ${image.file}<br />${facts.join('; ')}</figcaption>
  </figure>`;
}

/** A photograph, and beside it the same with its heat map. @param file for those who do not see it */
export function pictureHtml(file: string, picture: Picture | null, locale: Locale): Html | null {
  if (picture === null) return null;
  if (picture.photo === null) return html`<p>${m.report_no_picture({}, { locale })}</p>`;
  const { heat, width, height } = picture;
  const shape = `aspect-ratio:${width}/${height}`;
  const photo = html`<div class="photo" role="img" aria-label="${m.report_photo_of({ file }, { locale })}" style="${shape}"></div>`;
  // The photograph is in the file once; both frames show it through the variable.
  const variable = `--photo:url(${picture.photo})`;
  if (heat === null) return html`<div class="pair" style="${variable}">${photo}</div>`;
  const percent = (share: number): string => `${(share * 100).toFixed(2)}%`;
  const place = `left:${percent(heat.left)};top:${percent(heat.top)};width:${percent(heat.width)};height:${percent(heat.height)};background-image:url(${heat.uri})`;
  return html`<div class="pair" style="${variable}">
    ${photo}
    <div class="photo" role="img" aria-label="${m.report_heat_map_of({ file }, { locale })}" style="${shape}">
      <div class="heat" style="${place}"></div>
    </div>
  </div>`;
}
