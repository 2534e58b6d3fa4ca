import { VISION_WAYS, type VisionWay } from '../../shared/clinical/intake';
import { dayText } from '../../shared/clinical/days';
import { type Eye, EYES } from '../../shared/domain/codes';
import { type Paper, paperNumber } from '../../shared/domain/papers';
import { formatShortId } from '../../shared/domain/short-id';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import { type Html, html } from '../report/html';
import type { CaseFile } from './case-file';
import { face, qrCode } from './document-page';
import { instantDayText, outcomeReasonsText, visionText } from './paper-words';
import { qrText } from './slip-sheet';

const VISION_WORDS: Record<VisionWay, typeof m.letter_vision_unaided> = {
  unaided: m.letter_vision_unaided,
  glasses: m.letter_vision_glasses,
  pinhole: m.letter_vision_pinhole,
};

/** A referral letter to a named hospital, with a reply to be filled in and torn off. */
export async function letterSheet(file: CaseFile, paper: Paper): Promise<Html> {
  const locale = paper.language;
  const { known, settings, hospital } = file;
  const { shortId, startedAt } = known.encounter;
  return html`<header>
      <div>
        <h1>${m.letter_title({}, { locale })}</h1>
        <p>${m.paper_site({}, { locale })}: ${settings.name}${settings.contact === '' ? '' : `, ${settings.contact}`}</p>
        <p>${m.paper_examined({}, { locale })}: ${instantDayText(startedAt, file.timeZone, locale)}</p>
        <p>${m.paper_number({ number: paperNumber(paper) }, { locale })}</p>
      </div>
      <div class="qr">${await qrCode(qrText(shortId, paper))}</div>
    </header>
    <dl>
      <dt>${m.letter_to({}, { locale })}</dt>
      <dd>
        ${hospital === null ? m.letter_any({}, { locale }) : [hospital.name, hospital.address, hospital.phone].filter((part) => part !== '').join(', ')}
      </dd>
      ${personLines(file, locale)}
    </dl>
    <p>${m.letter_body({}, { locale })}</p>
    <p class="mark">
      ${
        paper.advice === 'see-doctor-now' || paper.day === null
          ? m.letter_see_now({}, { locale })
          : m.letter_see_by({ date: dayText(paper.day, locale) }, { locale })
      }
    </p>
    <dl>
      <dt>${m.letter_why({}, { locale })}</dt>
      <dd>${outcomeReasonsText(file.advice.outcome, locale)}</dd>
    </dl>
    <p>${decidedText(file, locale)}</p>
    <div class="eyes">${EYES.map((eye) => eyeVision(file, eye, locale))}</div>
    ${
      file.dilation?.given === true
        ? html`<p>${m.letter_drops({ drug: file.dilation.drug, strength: file.dilation.strength }, { locale })}</p>`
        : null
    }
    <p class="soft">${m.limits_scope({}, { locale })}</p>
    <div class="tear">
      <h2>${m.letter_tear_off({}, { locale })}</h2>
      <dl>
        <dt>${m.paper_patient_id({}, { locale })}</dt>
        <dd>${formatShortId(shortId)}</dd>
        <dt>${m.paper_number({ number: '' }, { locale })}</dt>
        <dd>${paperNumber(paper)}</dd>
      </dl>
      <div class="blank">
        ${[
          m.letter_reply_seen({}, { locale }),
          `${m.letter_reply_found({}, { locale })}: ${m.window_right_eye({}, { locale })}`,
          `${m.letter_reply_found({}, { locale })}: ${m.window_left_eye({}, { locale })}`,
          m.letter_reply_treated({}, { locale }),
          m.letter_reply_again({}, { locale }),
          m.letter_reply_doctor({}, { locale }),
        ].map((label) => html`<b>${label}</b><span></span>`)}
      </div>
      <p class="soft">${m.letter_reply_to({ site: settings.name, contact: settings.contact }, { locale })}</p>
    </div>`;
}

/**
 * Name, number and what else helps to find the person, for whoever the patient lets have it. Without that consent the paper is as good: the patient
 * carries it and says the rest.
 */
export function personLines({ identity: stored, mayShare, known }: CaseFile, locale: Locale): Html {
  const identity = mayShare ? stored : null;
  return html`<dt>${m.paper_patient({}, { locale })}</dt>
    <dd>${identity?.name ?? (mayShare ? m.paper_name_not_kept({}, { locale }) : m.paper_name_withheld({}, { locale }))}</dd>
    <dt>${m.paper_patient_id({}, { locale })}</dt>
    <dd>${formatShortId(known.encounter.shortId)}</dd>
    ${
      identity?.yearOfBirth
        ? html`<dt>${m.paper_born({}, { locale })}</dt>
            <dd>${identity.yearOfBirth}</dd>`
        : null
    }
    ${
      identity?.village
        ? html`<dt>${m.paper_village({}, { locale })}</dt>
            <dd>${identity.village}</dd>`
        : null
    }
    ${
      identity?.phone
        ? html`<dt>${m.paper_phone({}, { locale })}</dt>
            <dd>${identity.phone}</dd>`
        : null
    }`;
}

/** Who concluded: said on every letter, since a program and a doctor do not weigh the same. */
function decidedText({ advice, decidedBy }: CaseFile, locale: Locale): string {
  switch (advice.outcome.source) {
    case 'ai':
      return m.letter_decided_ai({}, { locale });
    case 'technician':
      return m.letter_decided_technician({}, { locale });
    case 'doctor':
      return m.letter_decided_doctor({ doctor: decidedBy ?? advice.outcome.actorId }, { locale });
  }
}

function eyeVision({ intake }: CaseFile, eye: Eye, locale: Locale): Html {
  const measured = VISION_WAYS.flatMap((way) => {
    const vision = intake?.facts.vision[eye][way] ?? null;
    return vision === null ? [] : [VISION_WORDS[way]({ value: visionText(vision, locale) }, { locale })];
  });
  return html`<div class="eye">
    <h2>${face(eye)}${eye === 'right' ? m.window_right_eye({}, { locale }) : m.window_left_eye({}, { locale })}</h2>
    <p>${m.letter_vision({}, { locale })}: ${measured.length === 0 ? m.letter_not_measured({}, { locale }) : measured.join(', ')}</p>
  </div>`;
}
