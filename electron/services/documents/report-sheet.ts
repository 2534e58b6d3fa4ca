import { type Eye, EYES } from '../../shared/domain/codes';
import { type Paper, paperNumber } from '../../shared/domain/papers';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import { eyeReasonText, qualityReasonText } from '../report/code-texts';
import { type Html, html } from '../report/html';
import type { CaseFile } from './case-file';
import { face, qrCode } from './document-page';
import { personLines } from './letter-sheet';
import { adviceSentence, gradeText, guidelineName, instantDayText, maculaText, outcomeReasonsText, readReasonsText } from './paper-words';
import { qrText } from './slip-sheet';

/** The full report of an encounter for whoever treats the patient: what was seen, by whom, by what, and what it is not. */
export async function reportSheet(file: CaseFile, paper: Paper, photographs: ReadonlyMap<string, string>): Promise<Html> {
  const locale = paper.language;
  const { known, settings, advice } = file;
  const { shortId, startedAt, id } = known.encounter;
  return html`<header>
      <div>
        <h1>${m.full_title({}, { locale })}</h1>
        <p>${m.paper_site({}, { locale })}: ${settings.name}</p>
        <p>${m.paper_examined({}, { locale })}: ${instantDayText(startedAt, file.timeZone, locale)}</p>
        <p>${m.paper_number({ number: paperNumber(paper) }, { locale })} · ${m.full_visit({}, { locale })} <code>${id}</code></p>
      </div>
      <div class="qr">${await qrCode(qrText(shortId, paper))}</div>
    </header>
    <dl>${personLines(file, locale)}</dl>
    <dl>
      <dt>${m.full_patient_result({}, { locale })}</dt>
      <dd><b>${resultText(advice.outcome.result, locale)}</b>${because(outcomeReasonsText(advice.outcome, locale))}</dd>
      <dt>${m.full_next({}, { locale })}</dt>
      <dd>${adviceSentence({ code: paper.advice, day: paper.day }, settings.contact, locale)}</dd>
      <dt>${m.full_guideline({}, { locale })}</dt>
      <dd>${guidelineName(file.guideline, locale)}</dd>
      <dt>${m.full_decided({}, { locale })}</dt>
      <dd>${decidedText(file, locale)}, ${instantDayText(advice.outcome.createdAt, file.timeZone, locale)}</dd>
    </dl>
    <div class="eyes">${EYES.map((eye) => eyeBox(file, eye, photographs, locale))}</div>
    <dl>
      <dt>${m.full_operator({}, { locale })}</dt>
      <dd>${file.photographedBy.length === 0 ? m.report_none({}, { locale }) : file.photographedBy.join(', ')}</dd>
      <dt>${m.full_camera({}, { locale })}</dt>
      <dd>${file.cameras.length === 0 ? m.report_none({}, { locale }) : file.cameras.join(', ')}</dd>
      <dt>${m.full_dilation({}, { locale })}</dt>
      <dd>
        ${
          file.dilation?.given === true
            ? m.letter_drops({ drug: file.dilation.drug, strength: file.dilation.strength }, { locale })
            : m.full_dilation_no({}, { locale })
        }
      </dd>
      <dt>${m.full_model({}, { locale })}</dt>
      <dd>${modelText(file, locale)}</dd>
      <dt>${m.full_contact({}, { locale })}</dt>
      <dd>${settings.contact === '' ? settings.name : settings.contact}</dd>
    </dl>
    <div>
      <h2>${m.full_limits({}, { locale })}</h2>
      <p>${m.limits_scope({}, { locale })}</p>
      <p>${m.limits_not_validated({}, { locale })}</p>
    </div>`;
}

function eyeBox(file: CaseFile, eye: Eye, photographs: ReadonlyMap<string, string>, locale: Locale): Html {
  const { known, grades } = file;
  const row = known.row.eyes.find((each) => each.eye === eye);
  const images = known.images.filter((image) => image.eye === eye);
  const read = grades.find((grade) => grade.eye === eye);
  // A doctor's word takes the place of what the program made of the eye.
  const concluded = read?.concluded ?? row ?? null;
  const unreadable = [...new Set(images.flatMap((image) => (image.quality?.gradable === false ? image.quality.reasons : [])))];
  const readable = images.some((image) => image.quality?.gradable === true);
  const fields = [
    ...new Set(images.map((image) => (image.field === 'disc' ? m.full_field_disc({}, { locale }) : m.full_field_macula({}, { locale })))),
  ];
  const gradable = readable
    ? m.full_gradable_yes({}, { locale })
    : m.full_gradable_no({ reasons: unreadable.map((reason) => qualityReasonText(reason, locale)).join(', ') }, { locale });
  const onlyDoctor = m.full_grade_by_doctor_only({}, { locale });
  return html`<div class="eye">
    <h2>${face(eye)}${eye === 'right' ? m.window_right_eye({}, { locale }) : m.window_left_eye({}, { locale })}</h2>
    <dl>
      <dt>${m.full_result({}, { locale })}</dt>
      <dd>
        ${concluded === null ? '' : resultText(concluded.result, locale)}${because(
          read?.concluded == null
            ? (row?.reasons ?? []).map((reason) => eyeReasonText(reason, locale)).join('; ')
            : readReasonsText(read.concluded.reasons, locale),
        )}
      </dd>
      <dt>${m.full_gradable({}, { locale })}</dt>
      <dd>${images.length}${images.length === 0 ? '' : ` · ${gradable}`}</dd>
      <dt>${m.full_fields({}, { locale })}</dt>
      <dd>${fields.length === 0 ? m.report_none({}, { locale }) : fields.join(', ')}</dd>
      <dt>${m.full_grade({}, { locale })}</dt>
      <dd>${read?.grade === undefined || read.grade === null ? onlyDoctor : gradeText(read.grade, locale)}</dd>
      <dt>${m.full_macula({}, { locale })}</dt>
      <dd>${read?.macular === undefined || read.macular === null ? onlyDoctor : maculaText(read.macular, locale)}</dd>
      ${
        row?.p2 === null || row === undefined
          ? null
          : html`<dt>${m.report_score({}, { locale })}</dt>
              <dd>${row.p2.toFixed(2)}</dd>`
      }
    </dl>
    <div class="photographs">
      ${images.map((image) => {
        const source = photographs.get(image.imageId);
        return source === undefined
          ? html``
          : html`<img src="${source}" alt="${m.full_photograph_of({ eye: eyeWord(eye, locale) }, { locale })}" />`;
      })}
    </div>
  </div>`;
}

function because(reasons: string): string {
  return reasons === '' ? '' : `: ${reasons}`;
}

function eyeWord(eye: Eye, locale: Locale): string {
  return eye === 'right' ? m.eye_right({}, { locale }) : m.eye_left({}, { locale });
}

function resultText(result: CaseFile['advice']['outcome']['result'], locale: Locale): string {
  switch (result) {
    case 'refer':
    case 'refer-ungradable':
      return m.result_patient_refer({}, { locale });
    case 'no-refer':
      return m.result_patient_no_refer({}, { locale });
    case 'ungradable':
      return m.result_patient_ungradable({}, { locale });
    case 'incomplete':
      return m.result_patient_incomplete({}, { locale });
  }
}

function decidedText({ advice, decidedBy }: CaseFile, locale: Locale): string {
  switch (advice.outcome.source) {
    case 'ai':
      return m.full_decided_ai({}, { locale });
    case 'technician':
      return m.full_decided_technician({}, { locale });
    case 'doctor':
      return m.full_decided_doctor({ doctor: decidedBy ?? advice.outcome.actorId }, { locale });
  }
}

/** Which model at which threshold, and what it was trained on: a later recall is found by these. */
function modelText({ model, advice, known }: CaseFile, locale: Locale): Html {
  if (model === null) return html`${m.full_model_none({}, { locale })}`;
  const threshold = advice.outcome.basis['referThreshold'] ?? known.point.refer;
  const trained = model.card.dataset.manifestSha256;
  return html`${model.card.name}, <code>${model.id}</code>${
      typeof threshold === 'number' && Number.isFinite(threshold)
        ? `; ${m.full_model_threshold({ threshold: threshold.toFixed(3) }, { locale })}`
        : ''
    }${trained === null ? '' : `; ${m.full_model_trained({ hash: trained.slice(0, 16) }, { locale })}`}`;
}
