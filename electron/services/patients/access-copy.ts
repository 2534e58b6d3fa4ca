import { appendAuditEvent } from '../../db/audit';
import { getHospital } from '../../db/queries/hospitals';
import { listCallBacks } from '../../db/queries/call-backs';
import { listPatientContacts } from '../../db/queries/contact-attempts';
import { currentReferral } from '../../db/queries/referrals';
import { rescreenDay } from '../../db/queries/rescreens';
import { listConsents } from '../../db/queries/consents';
import { encounterImages } from '../../db/queries/encounter-images';
import { encounterOutcomeHistory } from '../../db/queries/encounter-outcomes';
import { type Encounter, listEncounters } from '../../db/queries/encounters';
import { listIdentityVersions, patientKey } from '../../db/queries/identities';
import { getImage } from '../../db/queries/images';
import { currentIntake } from '../../db/queries/intakes';
import { getPatient } from '../../db/queries/patients';
import { patientIdsOf, personOf } from '../../db/queries/persons';
import { listSlips } from '../../db/queries/slips';
import { transaction } from '../../db/sql';
import { dayText, siteDay } from '../../shared/clinical/days';
import { INTAKE_QUESTIONS, type IntakeFacts, VISION_WAYS } from '../../shared/clinical/intake';
import { type Actor, EYES } from '../../shared/domain/codes';
import { CONSENT_ANSWERS, type Identity } from '../../shared/domain/patients';
import { paperNumber } from '../../shared/domain/papers';
import { formatShortId } from '../../shared/domain/short-id';
import { AppError } from '../../shared/errors';
import { m } from '../../shared/messages/messages';
import type { Locale } from '../../shared/messages/runtime';
import { requireRole } from '../actor';
import { documentPage, fontRules } from '../documents/document-page';
import { encounterAdvice } from '../documents/encounter-advice';
import { adviceSentence, visionText } from '../documents/paper-words';
import { type Html, html } from '../report/html';
import type { Workspace } from '../workspace';
import { openNote, parseIdentity } from './identity';

interface CopyOptions {
  locale: Locale;
  resourcesFolder: string;
}

/**
 * Everything that is held on one person, to be read by that person: who they are and what was corrected, every answer to consent, every visit with
 * what was asked, seen and said, the photographs, papers, referrals, calls. One page of HTML, ready to be printed.
 *
 * @throws AppError not-found
 */
export async function accessCopy(
  actor: Actor,
  workspace: Workspace,
  patientId: string,
  { locale, resourcesFolder }: CopyOptions,
): Promise<{ fileName: string; page: string }> {
  requireRole(actor, 'doctor', 'admin');
  const { profile } = workspace;
  const { database, site } = profile;
  const patient = getPatient(database, personOf(database, patientId));
  if (patient === undefined) throw new AppError('not-found');
  const patientIds = patientIdsOf(database, patient.id);
  const visits: Html[] = [];
  for (const encounter of listEncounters(database, patientIds)) visits.push(await visitPart(workspace, encounter, locale));
  transaction(database, () => {
    appendAuditEvent(database, { siteId: site.id, actor, action: 'patient.copy-saved', recordType: 'patient', recordId: patient.id });
  });
  const title = `${m.access_copy_title({}, { locale })} · ${formatShortId(patient.shortId)}`;
  const body = html`<h1>${title}</h1>
    <h2>${m.patients_identity({}, { locale })}</h2>
    ${patientIds.flatMap((id) => identityParts(workspace, id, locale))}
    <h2>${m.consent_title({}, { locale })}</h2>
    <ul>
      ${listConsents(database, patientIds).map((consent) => {
        const answers = CONSENT_ANSWERS.map((answer) => `${consentTitle(answer, locale)}: ${yesNo(consent.answers[answer], locale)}`);
        const what = consent.withdrawal ? `${m.consent_withdraw({}, { locale })}: ` : '';
        return html`<li>
          ${dayOf(site.timeZone, consent.createdAt, locale)}: ${what}${answers.join('; ')} (${consent.how}, ${consent.noticeVersion})
        </li>`;
      })}
    </ul>
    <h2>${m.patients_visits({}, { locale })}</h2>
    ${visits}
    <h2>${m.contact_log_title({}, { locale })}</h2>
    <ul>
      ${listPatientContacts(database, patientIds).map(
        (contact) =>
          html`<li>
            ${dayOf(site.timeZone, contact.createdAt, locale)}: ${contact.subject}, ${contact.way}, ${contact.result}
            ${openNote(profile, contact.patientId, contact.note) ?? ''}
          </li>`,
      )}
      ${listCallBacks(database, patientIds).map(
        (callBack) =>
          html`<li>
            ${m.call_backs_title({}, { locale })}: ${callBack.reason},
            ${dayText(callBack.dueDay, locale)}${callBack.closed === null ? '' : `, ${callBack.closed.how}`}
          </li>`,
      )}
    </ul>`;
  const page = documentPage(title, [{ size: 'A4', locale, marks: [], body }], await fontRules(resourcesFolder));
  return { fileName: `netra-${formatShortId(patient.shortId)}.pdf`, page };
}

/** In force last; each with the day it was written. */
function identityParts({ profile }: Workspace, patientId: string, locale: Locale): Html[] {
  const key = patientKey(profile.database, profile.identityKey, patientId);
  if (key === null) return [];
  return listIdentityVersions(profile.database, patientId).map(
    ({ sealed, createdAt }) =>
      html`<p>${dayOf(profile.site.timeZone, createdAt, locale)}: ${identityText(parseIdentity(key, patientId, sealed), locale)}</p>`,
  );
}

function identityText(identity: Identity, locale: Locale): string {
  const { name, yearOfBirth, sex, phone, village, language, diabetes } = identity;
  const facts: [string, string | number | null][] = [
    [m.patients_name({}, { locale }), name],
    [m.patients_year_of_birth({}, { locale }), yearOfBirth],
    [m.patients_sex({}, { locale }), sex],
    [m.patients_phone({}, { locale }), phone],
    [m.patients_village({}, { locale }), village],
    [m.patients_language({}, { locale }), language],
    [
      m.patients_diabetes({}, { locale }),
      [diabetes.type, diabetes.sinceYear, diabetes.treatment].filter((fact) => fact !== null).join(', '),
    ],
  ];
  return facts
    .filter(([, value]) => value !== null && value !== '')
    .map(([label, value]) => `${label}: ${value ?? ''}`)
    .join('; ');
}

async function visitPart({ profile, pool }: Workspace, encounter: Encounter, locale: Locale): Promise<Html> {
  const { database, site, blobStoreOptions } = profile;
  const images = encounterImages(database, encounter.id).flatMap(({ imageId, eye, quality }) => {
    const image = getImage(database, imageId);
    return image === undefined ? [] : [{ imageId, sha256: image.sha256, heatMap: null, eye, quality }];
  });
  const pictures = await pool.pictures({
    blobs: blobStoreOptions,
    requests: images.map(({ imageId, sha256, heatMap }) => ({ imageId, sha256, heatMap })),
  });
  const intake = currentIntake(database, encounter.id)?.facts ?? null;
  const advice = encounterAdvice(database, encounter.id);
  const referral = currentReferral(database, encounter.id);
  const hospital = referral?.hospitalId == null ? undefined : getHospital(database, referral.hospitalId);
  const comeAgain = rescreenDay(database, encounter.id);
  return html`<h3>${dayOf(site.timeZone, encounter.startedAt, locale)}</h3>
    <ul>
      ${intake === null ? null : intakeLines(intake, locale).map((line) => html`<li>${line}</li>`)}
      ${encounterOutcomeHistory(database, encounter.id).map(
        (outcome) =>
          html`<li>
            ${dayOf(site.timeZone, outcome.createdAt, locale)}: ${outcome.result}${outcome.urgent ? ', urgent' : ''} (${outcome.source};
            ${outcome.reasons.join(', ')})
          </li>`,
      )}
      ${advice === null ? null : html`<li>${adviceSentence(advice, '', locale)}</li>`}
      ${listSlips(database, encounter.id).map((paper) => html`<li>${paper.kind} ${paperNumber(paper)}${paper.void === null ? '' : `, ${paper.void}`}</li>`)}
      ${referral === undefined ? null : html`<li>${m.worklist_state_referred({}, { locale })}: ${hospital?.name ?? ''} ${dayText(referral.dueDay, locale)}</li>`}
      ${comeAgain === null ? null : html`<li>${m.follow_up_come_again({}, { locale })}: ${dayText(comeAgain, locale)}</li>`}
    </ul>
    ${images.map(({ imageId, eye, quality }) => {
      const photo = pictures.find((picture) => picture.imageId === imageId)?.photo ?? null;
      const side =
        eye === null
          ? m.eye_unknown({}, { locale })
          : eye === 'right'
            ? m.window_right_eye({}, { locale })
            : m.window_left_eye({}, { locale });
      const clear = quality?.gradable === false ? `, ${m.patients_photo_not_clear({}, { locale })}` : '';
      return html`<figure>
        ${photo === null ? null : html`<img src="${photo}" alt="${side}" width="160" />`}
        <figcaption>${side}${clear}</figcaption>
      </figure>`;
    })}`;
}

/** What was measured and asked, a line each; what was not is not there. */
function intakeLines({ vision, eyes, answers, aiRefused }: IntakeFacts, locale: Locale): string[] {
  const side = { right: m.window_right_eye({}, { locale }), left: m.window_left_eye({}, { locale }) };
  const ways = { unaided: m.intake_unaided, glasses: m.intake_glasses, pinhole: m.intake_pinhole };
  const states = { present: null, absent: m.intake_eye_absent, opaque: m.intake_eye_opaque };
  const questions = {
    suddenLoss: m.intake_sudden_loss,
    floatersOrFlashes: m.intake_floaters_or_flashes,
    painOrRedness: m.intake_pain_or_redness,
    pregnancy: m.intake_pregnancy,
    earlierTreatment: m.intake_earlier_treatment,
    underEyeDoctor: m.intake_under_eye_doctor,
  };
  const lines: string[] = [];
  for (const eye of EYES) {
    const state = states[eyes[eye]];
    if (state !== null) lines.push(`${side[eye]}: ${state({}, { locale })}`);
    for (const way of VISION_WAYS) {
      const value = vision[eye][way];
      if (value !== null) lines.push(`${side[eye]}, ${ways[way]({}, { locale })}: ${visionText(value, locale)}`);
    }
  }
  for (const question of INTAKE_QUESTIONS) {
    const answer = answers[question];
    if (answer !== null) lines.push(`${questions[question]({}, { locale })} ${yesNo(answer, locale)}`);
  }
  if (aiRefused) lines.push(m.intake_ai_refused({}, { locale }));
  return lines;
}

function consentTitle(answer: (typeof CONSENT_ANSWERS)[number], locale: Locale): string {
  const title = { screening: m.consent_screening, contact: m.consent_contact, sharing: m.consent_sharing, training: m.consent_training }[
    answer
  ];
  return title({}, { locale });
}

function yesNo(answer: boolean, locale: Locale): string {
  return answer ? m.consent_yes({}, { locale }) : m.consent_no({}, { locale });
}

function dayOf(timeZone: string, instantMs: number, locale: Locale): string {
  return dayText(siteDay(instantMs, timeZone), locale);
}
