import { appendAuditEvent } from '../../db/audit';
import { recordUnblinding } from '../../db/queries/blinding';
import {
  addClinicalAssignment,
  endClinicalAssignment,
  latestClinicalRead,
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
import type { CasePhotograph, ClinicalCase, ClinicalQueueRow, SignedCase } from '../../shared/ipc/clinical';
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
  const encounter = getEncounterFacts(database, encounterId);
  if (encounter === undefined) throw new AppError('not-found', { what: 'encounter' });
  const { patientId } = encounter;
  transaction(database, () => {
    const open = openClinicalAssignment(database, encounterId);
    if (open !== undefined && open.doctorId !== actor.userId) throw new AppError('case-taken');
    if (open !== undefined) return;
    addClinicalAssignment(database, { siteId: site.id, encounterId, patientId, doctorId: actor.userId });
    appendAuditEvent(database, { siteId: site.id, actor, action: 'case.opened', recordType: 'encounter', recordId: encounterId });
  });
  recordRead(profile, actor, 'patient', patientId);
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
      eyes: [...(latestClinicalRead(database, one.id)?.eyes ?? [])],
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

/** What was signed, and now the model's answer beside it. @throws AppError not-found; read-not-answered */
export function signedCase(actor: Actor, workspace: Workspace, encounterId: string): SignedCase {
  requireRole(actor, 'doctor');
  const { database } = workspace.profile;
  const encounter = getEncounterFacts(database, encounterId);
  const read = latestClinicalRead(database, encounterId);
  if (encounter === undefined) throw new AppError('not-found', { what: 'encounter' });
  if (read === undefined || openClinicalAssignment(database, encounterId)?.doctorId === actor.userId)
    throw new AppError('read-not-answered');
  const images = encounterImages(database, encounterId);
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
    scores: images.map(({ imageId, eye, prediction }) => ({
      imageId,
      eye,
      p2: prediction?.p[1] ?? null,
      threshold: prediction === null ? null : thresholdOf(database, prediction.modelId),
    })),
    before:
      before === undefined
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
