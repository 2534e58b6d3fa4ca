import { z } from 'zod';
import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { endAssignmentsOfPatients } from '../../db/queries/campaigns';
import { addConsent, type Consent, currentConsent } from '../../db/queries/consents';
import { addEncounter, type Encounter, getEncounter, listEncounters } from '../../db/queries/encounters';
import { encounterOutcome } from '../../db/queries/encounter-outcomes';
import { isErased } from '../../db/queries/identities';
import { encounterIntake, recordIntake } from '../../db/queries/intakes';
import { addPatient, getPatient, type Patient } from '../../db/queries/patients';
import { patientIdsOf, personOf } from '../../db/queries/persons';
import { getSetting, putSetting } from '../../db/queries/settings';
import { transaction } from '../../db/sql';
import { siteDay } from '../../shared/clinical/days';
import type { Forced, IntakeFacts } from '../../shared/clinical/intake';
import { type Actor, ROLES } from '../../shared/domain/codes';
import {
  CONSENT_ANSWERS,
  type ConsentAnswer,
  type ConsentAnswers,
  type ConsentGiver,
  type ConsentWay,
  type Identity,
  NOTICE_VERSION,
  type PatientLanguage,
  REQUIRABLE_FIELDS,
  type RequirableField,
  youngestAge,
} from '../../shared/domain/patients';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { concludeEncounter } from '../encounter/conclude-encounter';
import { identityOf, writeIdentity } from './identity';
import { patientIndex } from './patient-index';

const RULES_KEY = 'registration';
const rulesSchema = z.object({ required: z.array(z.enum(REQUIRABLE_FIELDS)) });

/** What this site asks of everybody; nothing but the short id until the site says more. */
export function requiredFields(actor: Actor, profile: Profile): RequirableField[] {
  requireRole(actor, ...ROLES);
  return getSetting(profile.database, RULES_KEY, rulesSchema)?.required ?? [];
}

export function setRequiredFields(actor: Actor, profile: Profile, required: readonly RequirableField[]): void {
  requireRole(actor, 'admin');
  const { database, site } = profile;
  transaction(database, () => {
    putSetting(database, RULES_KEY, { required });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'registration.rules-changed',
      recordType: 'site',
      recordId: site.id,
      details: Object.fromEntries(REQUIRABLE_FIELDS.map((field) => [field, required.includes(field)])),
    });
  });
}

/** @throws AppError patient-field-missing {field} */
export async function registerPatient(actor: Actor, profile: Profile, identity: Identity): Promise<Patient> {
  requireRole(actor, ...ROLES);
  demandFields(requiredFields(actor, profile), identity);
  const { database, site } = profile;
  const index = await patientIndex(profile);
  const patient = transaction(database, () => {
    const added = addPatient(database, site.id);
    writeIdentity(profile, { siteId: site.id, actor, patientId: added.id, identity });
    appendAuditEvent(database, { siteId: site.id, actor, action: 'patient.registered', recordType: 'patient', recordId: added.id });
    return added;
  });
  index.put(patient.id, patient.shortId, identity);
  return patient;
}

/** A correction: the newest is in force, what it replaces stays sealed beside it. @throws AppError patient-field-missing, patient-erased */
export async function correctIdentity(actor: Actor, profile: Profile, patientId: string, identity: Identity): Promise<void> {
  requireRole(actor, ...ROLES);
  demandFields(requiredFields(actor, profile), identity);
  const { database, site } = profile;
  const patient = livingPatient(profile, patientId);
  const index = await patientIndex(profile);
  transaction(database, () => {
    writeIdentity(profile, { siteId: site.id, actor, patientId, identity });
    appendAuditEvent(database, { siteId: site.id, actor, action: 'patient.corrected', recordType: 'patient', recordId: patientId });
  });
  index.put(patientId, patient.shortId, identity);
}

export interface ConsentGiven {
  answers: ConsentAnswers;
  language: PatientLanguage;
  how: ConsentWay;
  givenBy: ConsentGiver;
}

/**
 * Stores the four answers. Of a child, and of somebody whose age is not known to be 18, training use needs a guardian.
 *
 * @throws AppError consent-guardian-needed, patient-erased, not-found
 */
export function giveConsent(actor: Actor, profile: Profile, patientId: string, given: ConsentGiven): void {
  requireRole(actor, ...ROLES);
  livingPatient(profile, patientId);
  if (given.answers.training && given.givenBy !== 'guardian' && under18(profile, patientId) === true) {
    throw new AppError('consent-guardian-needed');
  }
  store(actor, profile, patientId, { ...given, withdrawal: false, noticeVersion: NOTICE_VERSION });
}

/** One action: what is withdrawn is a no from this moment on; the other answers stay. @throws AppError not-found, patient-erased */
export function withdrawConsent(actor: Actor, profile: Profile, patientId: string, withdrawn: readonly ConsentAnswer[]): void {
  requireRole(actor, ...ROLES);
  const { database } = profile;
  livingPatient(profile, patientId);
  const before = currentConsent(database, patientIdsOf(database, personOf(database, patientId)));
  if (before === undefined) throw new AppError('not-found');
  const { noticeVersion, language, how, givenBy } = before;
  const answers = { ...before.answers };
  for (const answer of withdrawn) answers[answer] = false;
  store(actor, profile, patientId, { answers, withdrawal: true, noticeVersion, language, how, givenBy });
}

function store(
  actor: Actor,
  profile: Profile,
  patientId: string,
  consent: Omit<Consent, 'id' | 'patientId' | 'actorId' | 'createdAt'>,
): void {
  const { database, site } = profile;
  transaction(database, () => {
    addConsent(database, { ...consent, siteId: site.id, patientId, actorId: actor.userId });
    if (!consent.answers.training) endAssignmentsOfPatients(database, patientIdsOf(database, personOf(database, patientId)), actor.userId);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: consent.withdrawal ? 'consent.withdrawn' : 'consent.given',
      recordType: 'patient',
      recordId: patientId,
      details: Object.fromEntries(CONSENT_ANSWERS.map((answer) => [answer, consent.answers[answer]])),
    });
  });
}

/**
 * Puts the patient into today's queue: the encounter of the site's day, a new one where there is none yet.
 *
 * @throws AppError consent-missing (screening was not allowed), patient-erased, not-found
 */
export function startEncounter(actor: Actor, profile: Profile, patientId: string): Encounter {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  livingPatient(profile, patientId);
  return transaction(database, () => {
    const personId = personOf(database, patientId);
    const patientIds = patientIdsOf(database, personId);
    if (currentConsent(database, patientIds)?.answers.screening !== true) throw new AppError('consent-missing');
    const today = siteDay(Date.now(), site.timeZone);
    const known = listEncounters(database, patientIds).find((each) => siteDay(each.startedAt, site.timeZone) === today);
    if (known !== undefined) return known;
    const encounter = addEncounter(database, { siteId: site.id, patientId: personId });
    appendAuditEvent(database, { siteId: site.id, actor, action: 'encounter.started', recordType: 'encounter', recordId: encounter.id });
    return encounter;
  });
}

/**
 * Whether an encounter's patient may (still) be photographed: a withdrawal counts from its moment on. Encounters that no desk has asked about keep what
 * whoever made them was told.
 *
 * @throws AppError consent-missing
 */
export function requireScreeningConsent(profile: Profile, encounterId: string): void {
  const { database } = profile;
  const patientId = getEncounter(database, encounterId)?.patientId;
  if (patientId === undefined) throw new AppError('not-found');
  const consent = currentConsent(database, patientIdsOf(database, personOf(database, patientId)));
  if (consent?.answers.screening === false) throw new AppError('consent-missing');
}

/** Stores vision and answers; the age comes from the year of birth. @returns what they force @throws AppError not-found */
export function saveIntake(actor: Actor, profile: Profile, encounterId: string, facts: Omit<IntakeFacts, 'under18'>): Forced {
  requireRole(actor, ...ROLES);
  const { database, site } = profile;
  const encounter = getEncounter(database, encounterId);
  if (encounter === undefined) throw new AppError('not-found');
  const { patientId } = encounter;
  return transaction(database, () => {
    recordIntake(database, {
      siteId: site.id,
      encounterId,
      patientId,
      facts: { ...facts, under18: under18(profile, patientId) },
      actorId: actor.userId,
    });
    const { level, reasons, raised } = encounterIntake(database, encounterId);
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'encounter.intake',
      recordType: 'encounter',
      recordId: encounterId,
      details: { level },
    });
    // What is forced holds at once, and changes what was concluded from photographs already.
    if (raised || encounterOutcome(database, encounterId, null) !== undefined) concludeEncounter(database, actor, encounterId);
    return { level, reasons };
  });
}

/** null: no year of birth. In doubt about the birthday the patient is the younger. */
function under18(profile: Profile, patientId: string): boolean | null {
  const yearOfBirth = identityOf(profile, patientId)?.yearOfBirth ?? null;
  if (yearOfBirth === null) return null;
  return youngestAge(yearOfBirth, Number(siteDay(Date.now(), profile.site.timeZone).slice(0, 4))) < 18;
}

/** @throws AppError not-found, patient-erased */
export function livingPatient(profile: Profile, patientId: string): Patient {
  const patient = getPatient(profile.database, patientId);
  if (patient === undefined) throw new AppError('not-found');
  if (isErased(profile.database, patientId)) throw new AppError('patient-erased');
  return patient;
}

function demandFields(required: readonly RequirableField[], identity: Identity): void {
  const missing = required.find((field) => identity[field] === null);
  if (missing !== undefined) throw new AppError('patient-field-missing', { field: missing });
}
