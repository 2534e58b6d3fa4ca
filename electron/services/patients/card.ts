import type { Profile } from '../../db/profile/profile';
import { isBlinded, recordUnblinding } from '../../db/queries/blinding';
import { type Consent, listConsents } from '../../db/queries/consents';
import { encounterImages } from '../../db/queries/encounter-images';
import { encounterOutcome } from '../../db/queries/encounter-outcomes';
import { type Encounter, listEncounters } from '../../db/queries/encounters';
import { listCallBacks } from '../../db/queries/call-backs';
import { currentReferral } from '../../db/queries/referrals';
import { getHospital } from '../../db/queries/hospitals';
import { currentIntake } from '../../db/queries/intakes';
import { getMergeOf, listMerges, patientIdsOf, personOf } from '../../db/queries/persons';
import { transaction } from '../../db/sql';
import { type Day, siteDay } from '../../shared/clinical/days';
import { forcedBy } from '../../shared/clinical/intake';
import { type Actor, PATIENT_RESULTS, ROLES } from '../../shared/domain/codes';
import type { ConsentRecord, PatientCard, Visit } from '../../shared/ipc/patients';
import { requireRole } from '../actor';
import { recordRead } from '../audit/record-read';
import { encounterAdvice } from '../documents/encounter-advice';
import { callBackEntries } from './contacts';
import { personHit, similarPatients } from './hits';
import { patientCode, qrDrawing } from './qr';
import { requiredFields } from './registration';

/** Everything of one person that the desk shows, of every row that is this person. Looked at, so it is in the audit log. @throws AppError not-found */
export async function patientCard(actor: Actor, profile: Profile, patientId: string): Promise<PatientCard> {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  const person = personHit(profile, patientId);
  recordRead(profile, actor, 'patient', patientId);
  // A merged row is shown by itself, with the way to who it is now: only so can a merge be looked at and taken back.
  const patientIds = patientIdsOf(database, patientId);
  const encounters = listEncounters(database, patientIds);
  const consents = listConsents(database, patientIds).map(consentRecord);
  const today = siteDay(Date.now(), site.timeZone);
  const blinded = patientIds.some((id) => isBlinded(database, actor.userId, { patientId: id }));
  const mergedBy = getMergeOf(database, patientId);
  const visits = encounters.map((encounter) => visit(profile, encounter, { today, blinded }));
  if (!blinded) {
    const shown = visits.filter((each) => each.result !== null).flatMap((each) => each.images.map(({ imageId }) => imageId));
    transaction(database, () => {
      recordUnblinding(database, actor.userId, shown, 'patient-card');
    });
  }
  return {
    person,
    consent: consents[0] ?? null,
    consentHistory: consents,
    visits,
    todaysEncounterId: encounters.find((each) => siteDay(each.startedAt, site.timeZone) === today)?.id ?? null,
    merges: listMerges(database, patientId).map((merge) => ({
      mergeId: merge.id,
      person: personHit(profile, merge.mergedId),
      at: merge.createdAt,
    })),
    mergedInto: mergedBy === undefined ? null : { mergeId: mergedBy.id, person: personHit(profile, personOf(database, mergedBy.keptId)) },
    similar: person.identity === null ? [] : await similarPatients(actor, profile, person.identity, patientId),
    callBacks: blinded ? [] : callBackEntries(profile, listCallBacks(database, patientIds)),
    qr: qrDrawing(patientCode(person.shortId)),
    required: requiredFields(actor, profile),
  };
}

/** Somebody who has still to read this patient sees the visit and nothing of what it came to. */
function visit(profile: Profile, encounter: Encounter, { today, blinded }: { today: Day; blinded: boolean }): Visit {
  const { database, site } = profile;
  const day = siteDay(encounter.startedAt, site.timeZone);
  const intake = currentIntake(database, encounter.id)?.facts ?? null;
  const outcome = blinded ? undefined : encounterOutcome(database, encounter.id, null);
  const advice = blinded ? null : encounterAdvice(database, encounter.id);
  const referral = blinded ? undefined : currentReferral(database, encounter.id);
  return {
    encounterId: encounter.id,
    day,
    today: day === today,
    intake,
    forced: forcedBy(intake),
    advice: advice === null ? null : { code: advice.code, day: advice.day },
    result: PATIENT_RESULTS.find((result) => result === outcome?.result) ?? null,
    urgent: outcome?.urgent ?? false,
    images: encounterImages(database, encounter.id).map(({ imageId, eye, quality }) => ({
      imageId,
      eye,
      gradable: quality?.gradable ?? null,
    })),
    referral:
      referral === undefined
        ? null
        : {
            hospitalId: referral.hospitalId,
            hospital: referral.hospitalId === null ? null : (getHospital(database, referral.hospitalId)?.name ?? null),
            dueDay: referral.dueDay,
          },
  };
}

function consentRecord({ answers, withdrawal, noticeVersion, language, how, givenBy, actorId, createdAt }: Consent): ConsentRecord {
  return { answers, withdrawal, noticeVersion, language, how, givenBy, actorId, at: createdAt };
}
