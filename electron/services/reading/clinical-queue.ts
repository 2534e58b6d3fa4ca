import { appendAuditEvent } from '../../db/audit';
import { blindedPatients, isBlinded, isToReadBlind, recordUnblinding } from '../../db/queries/blinding';
import {
  addClinicalAssignment,
  endClinicalAssignment,
  latestClinicalRead,
  listCorrections,
  listSignedBy,
  listWaitingCases,
  openClinicalAssignment,
  type WaitingCase,
} from '../../db/queries/clinical';
import { eyeStatement, listAppealed, listRaises } from '../../db/queries/encounter-acts';
import { encounterImages, getEncounterFacts } from '../../db/queries/encounter-images';
import { encounterOutcomeHistory } from '../../db/queries/encounter-outcomes';
import { listEncounters } from '../../db/queries/encounters';
import { getImage } from '../../db/queries/images';
import { currentIntake, encounterIntake } from '../../db/queries/intakes';
import { getModel } from '../../db/queries/models';
import { getOwnSite } from '../../db/queries/sites';
import { type ReadableDatabase, transaction } from '../../db/sql';
import { addToDay, type Day, siteDay } from '../../shared/clinical/days';
import { operatingPointOf } from '../../shared/clinical/outcome';
import { cardSchema } from '../../shared/domain/card';
import { type Actor, type Eye, EYES, PATIENT_RESULTS } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import type { CaseCorrection, CasePhotograph, ClinicalCase, ClinicalQueueRow, SignedCase, SignedRow } from '../../shared/ipc/clinical';
import { requireRole } from '../actor';
import { recordRead } from '../audit/record-read';
import { identityOf } from '../patients/identity';
import type { Workspace } from '../workspace';

/** What a slip promises the patient (our judgement): a doctor has read the photographs by then. */
const READ_WITHIN_DAYS = 7;

/**
 * The patients who wait for a doctor: what is due first comes first. Whatever cannot wait (symptoms, a technician's word, the model's score) is due at once,
 * and the row does not say which of them it was.
 */
export function clinicalQueue(actor: Actor, workspace: Workspace): ClinicalQueueRow[] {
  requireRole(actor, 'doctor');
  const { profile } = workspace;
  const { database } = profile;
  const site = getOwnSite(database);
  const today = siteDay(Date.now(), site.timeZone);
  return listWaitingCases(database)
    .filter((one) => site.mode !== 'ai-result-issued' || needsDoctor(database, one))
    .map((one): ClinicalQueueRow => {
      const dueDay = dueDayOf(database, one, siteDay(one.startedAt, site.timeZone));
      return {
        encounterId: one.encounterId,
        shortId: one.shortId,
        name: identityOf(profile, one.patientId)?.name ?? null,
        startedAt: one.startedAt,
        dueDay,
        overdue: dueDay < today,
        photographs: one.photographs,
        appealed: one.appealed,
        taken: one.doctorId !== null && one.doctorId !== actor.userId,
        mine: one.doctorId === actor.userId,
      };
    })
    .sort((a, b) => (a.dueDay < b.dueDay ? -1 : a.dueDay > b.dueDay ? 1 : a.startedAt - b.startedAt));
}

/** Where AI results are issued a doctor reads what the model cannot clear, and what intake or a technician ask for. */
function needsDoctor(db: ReadableDatabase, { encounterId, result, appealed }: WaitingCase): boolean {
  return result !== 'no-refer' || appealed || encounterIntake(db, encounterId).doctorMustRead;
}

function dueDayOf(db: ReadableDatabase, one: WaitingCase, day: Day): Day {
  const atOnce = one.urgent || encounterIntake(db, one.encounterId).urgent || listRaises(db, one.encounterId).some(({ urgent }) => urgent);
  return atOnce ? day : addToDay(day, READ_WITHIN_DAYS, 'day');
}

/**
 * Takes a patient from the queue and shows all that a doctor needs, and nothing of the model.
 *
 * @throws AppError not-found; case-taken, while another doctor has it open
 */
export function openCase(actor: Actor, workspace: Workspace, encounterId: string): ClinicalCase {
  requireRole(actor, 'doctor');
  const { profile } = workspace;
  const { database, site } = profile;
  const patientId = getEncounterFacts(database, encounterId)?.patientId;
  if (patientId === undefined) throw new AppError('not-found', { what: 'encounter' });
  transaction(database, () => {
    const open = openClinicalAssignment(database, encounterId);
    if (open !== undefined && open.doctorId !== actor.userId) throw new AppError('case-taken');
    if (open !== undefined) return;
    addClinicalAssignment(database, { siteId: site.id, encounterId, patientId, doctorId: actor.userId });
    appendAuditEvent(database, { siteId: site.id, actor, action: 'case.opened', recordType: 'encounter', recordId: encounterId });
  });
  return caseOf(actor, workspace, encounterId);
}

/** How many of a doctor's last signatures are listed: what may still be corrected the same week. */
const LISTED_SIGNATURES = 50;

/** What this doctor has signed last: from here a signature is looked at again, and corrected. */
export function signedCases(actor: Actor, { profile }: Workspace): SignedRow[] {
  requireRole(actor, 'doctor');
  const { database } = profile;
  const blinded = blindedPatients(database, actor.userId);
  return listSignedBy(database, actor.userId, LISTED_SIGNATURES)
    .filter(({ patientId }) => !blinded.has(patientId))
    .map(({ patientId, ...row }) => ({ ...row, name: identityOf(profile, patientId)?.name ?? null }));
}

/**
 * What a doctor has signed, with the patient, to be corrected: everything has been shown by then, so the patient is not taken from the queue for it.
 *
 * @throws AppError not-found; read-not-answered; not-permitted for another doctor's signature, or while the doctor reads the patient blind
 */
export function correctCase(actor: Actor, workspace: Workspace, encounterId: string): CaseCorrection {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  const patientId = getEncounterFacts(database, encounterId)?.patientId;
  if (patientId === undefined) throw new AppError('not-found', { what: 'encounter' });
  const read = latestClinicalRead(database, encounterId);
  if (read === undefined) throw new AppError('read-not-answered');
  if (openClinicalAssignment(database, encounterId) !== undefined) throw new AppError('case-taken');
  if (read.doctorId !== actor.userId) throw new AppError('not-permitted');
  if (isBlinded(database, actor.userId, { patientId })) throw new AppError('not-permitted', { reason: 'blinded' });
  const raised = read.reasons.includes('doctor-raised');
  return {
    patient: caseOf(actor, workspace, encounterId),
    eyes: [...read.eyes],
    refer: raised,
    urgent: raised && read.urgent,
    note: read.note,
  };
}

function caseOf(actor: Actor, { profile }: Workspace, encounterId: string): ClinicalCase {
  const { database } = profile;
  const encounter = getEncounterFacts(database, encounterId);
  if (encounter === undefined) throw new AppError('not-found', { what: 'encounter' });
  const { patientId } = encounter;
  recordRead(profile, actor, 'patient', patientId);
  // Whoever is to read the patient in a series sees no other read of the patient until then.
  const blind = isToReadBlind(database, actor.userId, patientId);
  const earlier = listEncounters(database, [patientId]).filter(({ startedAt }) => startedAt < encounter.startedAt);
  return {
    encounterId,
    patientId,
    shortId: encounter.shortId,
    name: identityOf(profile, patientId)?.name ?? null,
    startedAt: encounter.startedAt,
    photographs: photographsOf(database, encounterId),
    absent: absentEyes(database, encounterId),
    intake: currentIntake(database, encounterId)?.facts ?? null,
    intakeReasons: encounterIntake(database, encounterId).reasons,
    earlier: earlier.map((one) => ({
      startedAt: one.startedAt,
      eyes: blind ? [] : [...(latestClinicalRead(database, one.id)?.eyes ?? [])],
      photographs: photographsOf(database, one.id),
    })),
  };
}

/** Lets go of a patient without an answer. */
export function putBackCase(actor: Actor, workspace: Workspace, encounterId: string): void {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  transaction(database, () => {
    const open = openClinicalAssignment(database, encounterId);
    if (open?.doctorId === actor.userId) endClinicalAssignment(database, open.id);
  });
}

/**
 * What was signed, and now the model's answer beside it; that stays hidden while the doctor reads the patient in a series.
 *
 * @throws AppError not-found; read-not-answered; not-permitted for another doctor's signature while this one reads the patient blind
 */
export function signedCase(actor: Actor, workspace: Workspace, encounterId: string): SignedCase {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  const encounter = getEncounterFacts(database, encounterId);
  const read = latestClinicalRead(database, encounterId);
  if (encounter === undefined) throw new AppError('not-found', { what: 'encounter' });
  if (read === undefined || openClinicalAssignment(database, encounterId)?.doctorId === actor.userId)
    throw new AppError('read-not-answered');
  const modelHidden = isBlinded(database, actor.userId, { patientId: encounter.patientId });
  const mine = read.doctorId === actor.userId;
  if (modelHidden && !mine) throw new AppError('not-permitted', { reason: 'blinded' });
  const images = modelHidden ? [] : encounterImages(database, encounterId);
  transaction(database, () => {
    recordUnblinding(
      database,
      actor.userId,
      images.map(({ imageId }) => imageId),
      'signed-case',
    );
  });
  const before = encounterOutcomeHistory(database, encounterId).findLast(
    ({ createdAt, source }) => createdAt < read.createdAt && source !== 'doctor',
  );
  return {
    encounterId,
    shortId: encounter.shortId,
    signedAt: read.createdAt,
    result: read.result,
    urgent: read.urgent,
    referBy: read.referBy,
    rescreenBy: read.rescreenBy,
    eyes: [...read.eyes],
    note: read.note,
    mine,
    corrections: listCorrections(database, encounterId),
    modelHidden,
    scores: images.map(({ imageId, eye, prediction }) => ({
      imageId,
      eye,
      p2: prediction?.p[1] ?? null,
      threshold: prediction === null ? null : thresholdOf(database, prediction.modelId),
    })),
    before:
      before === undefined || modelHidden
        ? null
        : {
            source: before.source,
            result: PATIENT_RESULTS.find((known) => known === before.result) ?? 'incomplete',
            urgent: before.urgent,
          },
  };
}

export function absentEyes(db: ReadableDatabase, encounterId: string): Eye[] {
  const { eyes } = encounterIntake(db, encounterId);
  return EYES.filter((eye) => {
    const state = eyeStatement(db, encounterId, eye)?.state ?? eyes[eye];
    return state === 'absent' || state === 'prosthesis';
  });
}

function photographsOf(db: ReadableDatabase, encounterId: string): CasePhotograph[] {
  const appealed = new Set(listAppealed(db, encounterId));
  return encounterImages(db, encounterId).flatMap(({ imageId, eye }) => {
    const image = getImage(db, imageId);
    return image === undefined ? [] : [{ imageId, eye, width: image.width, height: image.height, appealed: appealed.has(imageId) }];
  });
}

function thresholdOf(db: ReadableDatabase, modelId: string): number | null {
  const card = cardSchema.safeParse(getModel(db, modelId)?.card);
  return card.success ? (operatingPointOf(card.data)?.refer ?? null) : null;
}
