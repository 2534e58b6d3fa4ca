import { listFailedFiles } from '../../db/queries/capture-files';
import { lastDilation, listStandingOrders, type Dilation } from '../../db/queries/dilations';
import { eyeStatement, type EyeStatement, listRaises, type ResultRaise } from '../../db/queries/encounter-acts';
import { encounterImages, type EncounterFacts, type EncounterImage, getEncounterFacts } from '../../db/queries/encounter-images';
import { encounterIntake, type EncounterIntake } from '../../db/queries/intakes';
import { getModel } from '../../db/queries/models';
import { getOwnSite, type Site } from '../../db/queries/sites';
import type { ReadableDatabase } from '../../db/sql';
import { dropsAllowed, type EyeAtCamera, type NextStep, nextStep } from '../../shared/clinical/coaching';
import { type EyeState, type ImageEvidence, type OperatingPoint, operatingPointOf, patientRow } from '../../shared/clinical/outcome';
import { fieldsOf } from '../../shared/clinical/protocol';
import type { EyeStatementState } from '../../shared/domain/capture';
import { cardSchema } from '../../shared/domain/card';
import { EYES, type Eye } from '../../shared/domain/codes';
import type { PatientRow } from '../../shared/domain/screening';
import { AppError } from '../../shared/errors';

/** Everything that an encounter's result rests on, as it is stored now. */
export interface EncounterCase {
  encounter: EncounterFacts;
  site: Site;
  images: EncounterImage[];
  /** Files of this encounter that nobody could read. */
  failed: ReturnType<typeof listFailedFiles>;
  statements: Record<Eye, EyeStatement | null>;
  eyes: Record<Eye, EyeState>;
  intake: EncounterIntake;
  raises: ResultRaise[];
  dilation: Dilation | null;
  mayDilate: boolean;
  point: OperatingPoint;
  /** What photographs, statements, intake and raises come to, whatever a doctor said. */
  row: PatientRow;
  steps: Record<Eye, NextStep>;
  failedTries: Record<Eye, number>;
}

/** What an encounter's photographs and what people said of it come to. @throws AppError not-found */
export function readCase(db: ReadableDatabase, encounterId: string, now = Date.now()): EncounterCase {
  const encounter = getEncounterFacts(db, encounterId);
  if (encounter === undefined) throw new AppError('not-found', { what: 'encounter' });
  const site = getOwnSite(db);
  const images = encounterImages(db, encounterId);
  const failed = listFailedFiles(db, encounterId);
  const intake = encounterIntake(db, encounterId);
  const raises = listRaises(db, encounterId);
  const dilation = lastDilation(db, encounterId) ?? null;
  const fields = fieldsOf(site.protocol);
  const statements = byEye((eye) => eyeStatement(db, encounterId, eye) ?? null);
  const eyes = byEye((eye) => eyeState(statements[eye]?.state ?? intake.eyes[eye]));
  const point = strictestPoint(db, images);
  const evidence = evidenceOfCase(images, failed, intake.aiRefused);
  const raised = intake.raised || raises.length > 0;
  const found = patientRow({ patient: encounter.shortId, patientId: encounter.patientId, identified: true }, evidence, point, {
    eyes,
    raised,
    fields,
  });
  const row = { ...found, urgent: found.urgent || intake.urgent || raises.some((raise) => raise.urgent) };
  // Drops that an answer has forbidden once are not offered again in this encounter.
  const mayDilate = listStandingOrders(db, now).length > 0 && (dilation === null || dilation.given);
  const failedTries = byEye((eye) => failedTriesOf(images, eye, dilation));
  const steps = byEye((eye) => nextStep(atCamera(row, eyes[eye], eye, images, failedTries[eye], dilation, mayDilate)));
  return { encounter, site, images, failed, statements, eyes, intake, raises, dilation, mayDilate, point, row, steps, failedTries };
}

/** The photographs and files as the clinical rules want them. */
function evidenceOfCase(images: readonly EncounterImage[], failed: EncounterCase['failed'], aiRefused: boolean): ImageEvidence[] {
  return [
    ...images.map((image): ImageEvidence => evidenceOfImage(image, aiRefused)),
    ...failed.map((file): ImageEvidence => ({ imageId: null, eye: file.claimedEye, kind: 'failed' })),
  ];
}

/** A photograph of an encounter as the clinical rules want it. */
export function evidenceOfImage({ imageId, eye, field, quality, prediction }: EncounterImage, aiRefused: boolean): ImageEvidence {
  const place = { imageId, eye, field };
  // What was never checked has been seen by nobody.
  if (quality === null) return { ...place, kind: 'failed' };
  if (quality.kind === 'not-fundus') return { ...place, kind: 'not-fundus' };
  if (aiRefused || prediction === null) return { ...place, kind: 'unscored', gradable: quality.gradable };
  return { ...place, kind: 'retina', gradable: quality.gradable, p: prediction.p };
}

function eyeState(said: EyeStatementState): EyeState {
  return said === 'prosthesis' ? 'absent' : said;
}

/**
 * Of the models that scored these photographs the most careful thresholds: a model that was replaced between two photographs of one
 * patient clears nobody whom either of them would refer.
 */
function strictestPoint(db: ReadableDatabase, images: readonly EncounterImage[]): OperatingPoint {
  const modelIds = new Set(images.flatMap(({ prediction }) => (prediction === null ? [] : [prediction.modelId])));
  const points = [...modelIds].map((modelId) => pointOfModel(db, modelId));
  const urgent = points.flatMap((point) => (point.urgent === null ? [] : [point.urgent]));
  // Without any score the threshold decides nothing; what is not a number would refer.
  return { refer: Math.min(...points.map((point) => point.refer)), urgent: urgent.length === 0 ? null : Math.min(...urgent) };
}

/** Thresholds of a registered model; a model that has none refers everybody. */
export function pointOfModel(db: ReadableDatabase, modelId: string): OperatingPoint {
  const card = getModel(db, modelId)?.card;
  const point = card === undefined ? null : operatingPointOf(cardSchema.parse(card));
  return point ?? { refer: NaN, urgent: null };
}

/** Photographs that could not be read; drops begin the count anew. */
function failedTriesOf(images: readonly EncounterImage[], eye: Eye, dilation: Dilation | null): number {
  const since = dilation?.given === true ? dilation.createdAt : 0;
  return images.filter((image) => image.eye === eye && image.quality?.gradable !== true && image.assignedAt >= since).length;
}

function atCamera(
  row: PatientRow,
  state: EyeState,
  eye: Eye,
  images: readonly EncounterImage[],
  failedTries: number,
  dilation: Dilation | null,
  mayDilate: boolean,
): EyeAtCamera {
  const reasons = row.eyes.find((each) => each.eye === eye)?.reasons ?? [];
  const own = images.filter((image) => image.eye === eye);
  const open = ['missing', 'field-missing', 'ungradable', 'not-possible', 'not-fundus', 'file-failed'] as const;
  return {
    complete: own.length > 0 && state !== 'absent' && !open.some((reason) => reasons.includes(reason)),
    excused: state === 'absent',
    refers: state === 'opaque' || state === 'not-possible',
    photographs: own.length,
    failedTries,
    dilated: dilation?.given === true && dropsAllowed(dilation.checklist),
    mayDilate,
  };
}

function byEye<T>(of: (eye: Eye) => T): Record<Eye, T> {
  const [right, left] = EYES.map(of) as [T, T];
  return { right, left };
}
