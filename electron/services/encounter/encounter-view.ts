import { lastCaptureOfImage } from '../../db/queries/capture-files';
import { findDiscPosition } from '../../db/queries/disc-positions';
import { listStandingOrders } from '../../db/queries/dilations';
import { listAppealed } from '../../db/queries/encounter-acts';
import { type EncounterImage, encounterImages, listEncountersSince, priorEncounter } from '../../db/queries/encounter-images';
import { encounterOutcomeHistory } from '../../db/queries/encounter-outcomes';
import { isBlinded } from '../../db/queries/blinding';
import { getImage } from '../../db/queries/images';
import { getModel } from '../../db/queries/models';
import type { Outcome } from '../../db/queries/outcomes';
import { findPrediction, findQualityCheck } from '../../db/queries/results';
import { currentSlip } from '../../db/queries/slips';
import type { ReadableDatabase } from '../../db/sql';
import { adviceFor, aiResult } from '../../shared/clinical/advice';
import { siteDayStart } from '../../shared/clinical/days';
import { discWarning } from '../../shared/clinical/disc-side';
import { imageResult } from '../../shared/clinical/outcome';
import { type Field, fieldOf, fieldsOf } from '../../shared/clinical/protocol';
import { cardSchema } from '../../shared/domain/card';
import { type Actor, type PatientResult, ROLES } from '../../shared/domain/codes';
import { PATIENT_REASONS } from '../../shared/domain/screening';
import { AppError } from '../../shared/errors';
import type { CapturePhoto, EncounterView, EyeView, OpenEncounter, ResultView } from '../../shared/ipc/capture';
import { requireRole } from '../actor';
import { recordRead } from '../audit/record-read';
import { absoluteHeatMap } from '../desk/image-detail';
import { encounterAdvice } from '../documents/encounter-advice';
import { identityOf } from '../patients/identity';
import type { Workspace } from '../workspace';
import { type EncounterCase, evidenceOfImage, pointOfModel, readCase } from './encounter-case';
import { adviceSite } from './site-facts';

/**
 * An encounter as whoever stands at the camera sees it. A score is shown with its photograph, a heat map only where the photograph is at or above the
 * threshold; to somebody who has yet to read this patient blindly nothing is shown at all.
 *
 * @throws AppError not-found, not-permitted
 */
export function encounterView(actor: Actor, workspace: Workspace, encounterId: string): EncounterView {
  requireRole(actor, ...ROLES);
  const { profile } = workspace;
  const db = profile.database;
  const known = readCase(db, encounterId);
  const { encounter, site } = known;
  if (isBlinded(db, actor.userId, { patientId: encounter.patientId })) throw new AppError('not-permitted', { reason: 'blinded' });
  recordRead(profile, actor, 'encounter', encounterId);
  const history = encounterOutcomeHistory(db, encounterId);
  const results = history.map((outcome, index) => resultView(db, outcome, index === history.length - 1)).reverse();
  const [result = null, ...earlier] = results;
  const photos = photosOf(db, known.images, encounterId, known.intake.aiRefused);
  const prior = priorEncounter(db, encounter);
  return {
    encounterId,
    patientId: encounter.patientId,
    shortId: encounter.shortId,
    name: identityOf(profile, encounter.patientId)?.name ?? null,
    startedAt: encounter.startedAt,
    ...adviceSite(db),
    fields: fieldsOf(site.protocol),
    eyes: known.row.eyes.map((row): EyeView => {
      const own = photos.filter((photo) => photo.eye === row.eye);
      return {
        eye: row.eye,
        result: row.result,
        reasons: row.reasons,
        step: known.steps[row.eye],
        failedTries: known.failedTries[row.eye],
        fieldsLeft: fieldsLeft(fieldsOf(site.protocol), own),
        statement: statementOf(known, row.eye),
        photos: own,
      };
    }),
    unplaced: photos.filter((photo) => photo.eye === null),
    failed: known.failed.flatMap(({ id, name, claimedEye, error }) =>
      error === null ? [] : [{ fileId: id, name, eye: claimedEye, error }],
    ),
    result,
    earlier,
    raises: known.raises.map(({ reason, urgent, createdAt }) => ({ reason, urgent, at: createdAt })),
    slipVoid: (currentSlip(db, encounterId, 'slip')?.void ?? null) !== null,
    standingOrders: listStandingOrders(db, Date.now()).map(({ id, drug, strength }) => ({ id, drug, strength })),
    dilation: known.dilation === null ? null : { given: known.dilation.given, drug: known.dilation.drug, at: known.dilation.createdAt },
    mayDilate: known.mayDilate,
    prior: prior === undefined ? null : priorView(db, prior),
  };
}

/** Encounters of the site's day, newest first. */
export function openEncounters(actor: Actor, workspace: Workspace): OpenEncounter[] {
  requireRole(actor, ...ROLES);
  const { profile } = workspace;
  const since = siteDayStart(Date.now(), profile.site.timeZone);
  return listEncountersSince(profile.database, since).map(({ id, patientId, shortId, startedAt }) => ({
    encounterId: id,
    patientId,
    shortId,
    name: identityOf(profile, patientId)?.name ?? null,
    startedAt,
    photographs: encounterImages(profile.database, id).length,
  }));
}

function statementOf({ statements, intake }: EncounterCase, eye: 'right' | 'left'): EyeView['statement'] {
  const said = statements[eye];
  if (said !== null) return { state: said.state, reason: said.reason };
  return intake.eyes[eye] === 'present' ? null : { state: intake.eyes[eye], reason: null };
}

function fieldsLeft(fields: readonly Field[], photos: readonly CapturePhoto[]): Field[] {
  return fields.filter((field) => !photos.some((photo) => photo.gradable === true && fieldOf(photo.field) === field));
}

function priorView(db: ReadableDatabase, prior: { id: string; startedAt: number }): EncounterView['prior'] {
  const last = encounterOutcomeHistory(db, prior.id).at(-1);
  return {
    encounterId: prior.id,
    startedAt: prior.startedAt,
    result: last === undefined ? null : resultView(db, last, false),
    photos: photosOf(db, encounterImages(db, prior.id), prior.id, readCase(db, prior.id).intake.aiRefused),
  };
}

function resultView(db: ReadableDatabase, outcome: Outcome, inForce: boolean): ResultView {
  const result = outcome.result as PatientResult;
  const advice = inForce && outcome.encounterId !== null ? encounterAdvice(db, outcome.encounterId) : null;
  return {
    outcomeId: outcome.id,
    source: outcome.source,
    result,
    urgent: outcome.urgent,
    reasons: PATIENT_REASONS.filter((reason) => outcome.reasons.includes(reason)),
    aiResult: aiResult({ result, urgent: outcome.urgent }),
    advice:
      advice === null
        ? { code: adviceFor({ result, urgent: outcome.urgent }, adviceSite(db)), day: null }
        : { code: advice.code, day: advice.day },
    at: outcome.createdAt,
  };
}

function photosOf(db: ReadableDatabase, images: readonly EncounterImage[], encounterId: string, aiRefused: boolean): CapturePhoto[] {
  const appealed = new Set(listAppealed(db, encounterId));
  return images.map((image) => photoOf(db, image, appealed, aiRefused));
}

function photoOf(db: ReadableDatabase, image: EncounterImage, appealed: ReadonlySet<string>, aiRefused: boolean): CapturePhoto {
  const { imageId, eye, field, quality } = image;
  const prediction = aiRefused ? null : image.prediction;
  const facts = getImage(db, imageId);
  const file = lastCaptureOfImage(db, imageId);
  const point = prediction === null ? null : pointOfModel(db, prediction.modelId);
  const disc = findDiscPosition(db, imageId) ?? null;
  return {
    imageId,
    file: file?.name ?? '',
    eye,
    field,
    width: facts?.width ?? null,
    height: facts?.height ?? null,
    takenAt: facts?.takenAt ?? null,
    camera: facts?.camera ?? null,
    gradable: quality?.gradable ?? null,
    quality: quality?.score ?? null,
    reasons: quality?.reasons ?? [],
    p: prediction?.p ?? null,
    threshold: point?.refer ?? null,
    result: imageResult(evidenceOfImage(image, aiRefused), point ?? { refer: NaN, urgent: null }),
    retina: quality === null ? null : (findQualityCheck(db, { imageId, ...quality })?.retina ?? null),
    heatMap: heatMapOf(db, image, prediction !== null && point !== null && !(prediction.p[1] < point.refer)),
    error: null,
    notes: [],
    modelId: prediction?.modelId ?? null,
    backend: prediction?.backend ?? null,
    ms: file?.ms ?? null,
    discWarning: eye === null || disc === null ? null : discWarning(eye, disc),
    appealed: appealed.has(imageId),
    arrivalMs: file?.ms ?? null,
  };
}

/** Only of a photograph at or above the threshold: below it a map shows nothing but noise. */
function heatMapOf(db: ReadableDatabase, { imageId, quality, prediction }: EncounterImage, speaks: boolean): CapturePhoto['heatMap'] {
  if (!speaks || quality === null || prediction === null) return null;
  const stored = findPrediction(db, { imageId, ...quality, modelId: prediction.modelId, backend: prediction.backend });
  const card = getModel(db, prediction.modelId)?.card;
  if (stored === undefined || card === undefined) return null;
  return absoluteHeatMap(stored, cardSchema.parse(card).temperature);
}
