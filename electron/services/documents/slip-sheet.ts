import { dropsAllowed } from '../../shared/clinical/coaching';
import type { Advice } from '../../shared/clinical/advice';
import { formatShortId } from '../../shared/domain/short-id';
import { isReferred, type Paper, paperNumber } from '../../shared/domain/papers';
import { m } from '../../shared/messages/messages';
import { type Html, html } from '../report/html';
import type { CaseFile } from './case-file';
import type { ICON_PATHS } from './document-icons';
import { icon, qrCode } from './document-page';
import { adviceSentence, instantDayText } from './paper-words';

const ADVICE_ICONS: Record<Advice, keyof typeof ICON_PATHS> = {
  'see-doctor-now': 'now',
  'see-doctor-by': 'doctor',
  'come-again': 'calendar',
  'take-photo-again': 'camera',
  'could-not-see': 'doctor',
  'doctor-will-read': 'phone',
  incomplete: 'camera',
};
/** Above this many characters the sentence is set smaller, so that it stays on the page. */
const LONG_SENTENCE = 70;

/** What the QR code says: the short id and the paper, no name. */
export function qrText(shortId: string, paper: Pick<Paper, 'number' | 'version'>): string {
  return `NETRA:${formatShortId(shortId)}:${paperNumber(paper)}`;
}

/** The patient's slip: what to do and by when, in large letters, in the patient's language. */
export async function slipSheet(file: CaseFile, paper: Paper): Promise<Html> {
  const locale = paper.language;
  const { known, settings, identity } = file;
  const sentence = adviceSentence({ code: paper.advice, day: paper.day }, settings.contact, locale);
  const { shortId, startedAt } = known.encounter;
  const drops = file.dilation?.given === true && dropsAllowed(file.dilation.checklist);
  return html`<header>
      <div>
        <h1>${m.slip_title({}, { locale })}</h1>
        ${settings.name === '' ? null : html`<p>${settings.name}</p>`}
        <p>${m.paper_examined({}, { locale })}: ${instantDayText(startedAt, file.timeZone, locale)}</p>
        <p>${m.paper_number({ number: paperNumber(paper) }, { locale })}</p>
        ${paper.version > 1 ? html`<p class="soft">${m.paper_replaces({}, { locale })}</p>` : null}
      </div>
      <div class="qr">${await qrCode(qrText(shortId, paper))}</div>
    </header>
    <dl>
      ${
        identity?.name
          ? html`<dt>${m.paper_patient({}, { locale })}</dt>
              <dd>${identity.name}</dd>`
          : null
      }
      <dt>${m.paper_patient_id({}, { locale })}</dt>
      <dd>${formatShortId(shortId)}</dd>
    </dl>
    <div class="advice ${sentence.length > LONG_SENTENCE ? 'long' : ''}">
      ${icon(ADVICE_ICONS[paper.advice])}
      <p>${sentence}</p>
    </div>
    ${isReferred(paper.advice) ? whereTo(file, paper) : null}
    <p>${m.advice_diabetes_only({}, { locale })}</p>
    ${drops ? html`<p class="mark">${m.slip_drops({}, { locale })}</p>` : null}
    <p class="line">
      ${icon('phone')}<span
        >${settings.contact === '' ? m.slip_ask_here({}, { locale }) : m.slip_call({ number: settings.contact }, { locale })}</span
      >
    </p>
    <p>${m.slip_keep({}, { locale })}</p>`;
}

function whereTo({ hospital }: CaseFile, { language: locale }: Paper): Html | null {
  if (hospital === null) return null;
  return html`<p class="line">
    ${icon('doctor')}<span
      >${m.letter_to({}, { locale })}:
      ${hospital.name}${hospital.address === '' ? '' : `, ${hospital.address}`}${hospital.phone === '' ? '' : `, ${hospital.phone}`}</span
    >
  </p>`;
}
