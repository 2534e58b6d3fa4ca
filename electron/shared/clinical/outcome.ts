import type { ModelCard } from '../domain/card';
import { EYES } from '../domain/codes';
import type { Eye, ImageResult, PatientResult } from '../domain/codes';
import { PATIENT_REASONS } from '../domain/screening';
import { fieldOf } from './protocol';
import type { EyeReason, EyeRow, GradeProbabilities, ImageRow, PatientReason, PatientRow } from '../domain/screening';

/** Where the model's calibrated probabilities turn into a referral; from the card of the model bundle. */
export interface OperatingPoint {
  /** P(grade >= 2) at or above it refers. */
  refer: number;
  /** P(grade >= 3) at or above it refers urgently; null where the model has no such point. */
  urgent: number | null;
}

/** The operating point in use, from a model card; null for a bundle without one, which screens nobody. */
export function operatingPointOf(card: Pick<ModelCard, 'operatingPoints'>): OperatingPoint | null {
  if (card.operatingPoints === null) return null;
  return { refer: card.operatingPoints.screening.threshold, urgent: card.operatingPoints.urgent?.threshold ?? null };
}

/**
 * What is known of one file: a file that failed, a picture that shows no retina, a scored retina (rejected ones are scored too), or one that was
 * not scored because the patient refused it. `field` is the protocol's name of what it is centred on, where somebody said so.
 */
export type ImageEvidence = { imageId: string | null; eye: Eye | null; field?: string | null } & (
  | { kind: 'failed' }
  | { kind: 'not-fundus' }
  | { kind: 'retina'; gradable: boolean; p: GradeProbabilities }
  | { kind: 'unscored'; gradable: boolean }
);

/**
 * What a person says of an eye: `absent` (lost or a prosthesis) excuses it, `opaque` (no view through it) refers, `not-possible` (tried, and
 * given up) ends like an eye that cannot be read.
 */
export type EyeState = 'present' | 'absent' | 'opaque' | 'not-possible';

/** What people know of the patient beside the photographs. */
export interface Circumstances {
  eyes?: Partial<Record<Eye, EyeState>>;
  /** Vision, symptoms, history or a technician's reason: they raise a result and never lower one. */
  raised?: boolean;
  /** What the site's protocol asks of an eye; default: one macula-centred field. */
  fields?: readonly string[];
}

const ONE_MACULA_FIELD: readonly string[] = ['macula'];

export type PatientName = Pick<PatientRow, 'patient' | 'patientId' | 'identified'>;

/** The evidence in a stored row: an error is a failed file, no probabilities is no retina. */
export function evidenceOf(row: Pick<ImageRow, 'imageId' | 'eye' | 'gradable' | 'p' | 'error'>): ImageEvidence {
  const place = { imageId: row.imageId, eye: row.eye };
  if (row.error !== null) return { ...place, kind: 'failed' };
  if (row.p === null) return { ...place, kind: 'not-fundus' };
  return { ...place, kind: 'retina', gradable: row.gradable === true, p: row.p };
}

/**
 * The image's own result, not a patient's decision. A retina at or above a threshold refers, rejected or not;
 * below it a rejected one is `refer-ungradable`, and so is what shows no retina. A score that is not a number is an error,
 * never a `no-refer`.
 */
export function imageResult(image: ImageEvidence, point: OperatingPoint): ImageResult {
  if (image.kind === 'failed') return 'error';
  if (image.kind === 'not-fundus' || image.kind === 'unscored') return 'refer-ungradable';
  if (!Number.isFinite(image.p[1])) return 'error';
  // "Unless below" and not "if above": a threshold that is not a number then refers everybody instead of clearing them.
  if (!(image.p[1] < point.refer) || isUrgent(image, point)) return 'refer';
  return image.gradable ? 'no-refer' : 'refer-ungradable';
}

/** P(grade >= 3) at or above the urgent threshold. It refers too, whatever P(grade >= 2) says. */
export function isUrgent(image: ImageEvidence, point: OperatingPoint): boolean {
  return image.kind === 'retina' && point.urgent !== null && image.p[2] >= point.urgent;
}

/**
 * An eye is the worst of its images and is complete when every field that its protocol requires is gradable.
 * A retake that can be read makes up for a rejected or missed photograph; nothing makes up for a score that refers or for a file
 * that failed, since nobody has seen what is in it. Pictures that show no retina do not count: alone, they leave the eye
 * not photographed.
 */
export function eyeRow(
  eye: Eye,
  images: readonly ImageEvidence[],
  point: OperatingPoint,
  state: EyeState = 'present',
  fields: readonly string[] = ONE_MACULA_FIELD,
): EyeRow {
  const own = images.filter((image) => image.eye === eye);
  const results = own.map((image) => imageResult(image, point));
  const refers = results.includes('refer');
  const failed = results.includes('error');
  const seenFields = fieldsIn(own, fields, isRetina);
  const seen = own.some(isRetina);
  const complete = fieldsIn(own, fields, isGradable).length === fields.length;
  const everyFieldSeen = seenFields.length === fields.length;
  const readable = fieldsIn(own, seenFields, isGradable).length === seenFields.length;
  const reasons: EyeReason[] = [];
  if (refers) reasons.push('score');
  if (state === 'opaque') reasons.push('opaque');
  if (state === 'absent') reasons.push('absent');
  if (state === 'not-possible' && !complete) reasons.push('not-possible');
  if (state === 'present' && !seen && !failed) reasons.push('missing');
  if (state === 'present' && seen && !everyFieldSeen) reasons.push('field-missing');
  if (failed) reasons.push('file-failed');
  if (!seen && own.some((image) => image.kind === 'not-fundus')) reasons.push('not-fundus');
  if (seen && !readable) reasons.push('ungradable');
  if (own.some((image) => image.kind === 'unscored')) reasons.push('not-scored');
  if (reasons.length === 0) reasons.push('below-threshold');
  return { eye, result: eyeResult(reasons), reasons, p2: worstP2(own), imageIds: idsOf(own) };
}

/**
 * The patient is the worst eye, and nobody is cleared on half an examination. Order of precedence, and why:
 *
 * 1. `refer`: any score at or above a threshold, in an eye, in a photograph of unknown side or in a rejected one; an opaque eye; a person
 *    who raises it. No other photograph takes it back.
 * 2. `ungradable`: an eye was photographed and cannot be read. It comes before `incomplete` because it ends at an eye doctor if
 *    the retake fails, and the doctor sees both eyes; `incomplete` alone could end at the camera. What is incomplete stays named
 *    in the reasons.
 * 3. `incomplete`: an eye missing, a file that failed, a side unknown (even of a picture that shows no retina: the gate may err).
 * 4. `no-refer`: both eyes complete (or one, the other absent) and every score below the thresholds.
 *
 * A photograph without a patient goes through the same function alone: one eye at most, so it is never `no-refer`.
 */
export function patientRow(
  name: PatientName,
  images: readonly ImageEvidence[],
  point: OperatingPoint,
  circumstances: Circumstances = {},
): PatientRow {
  const eyes = EYES.map((eye) => eyeRow(eye, images, point, circumstances.eyes?.[eye], circumstances.fields));
  const unplaced = images.filter((image) => image.eye === null);
  const reasons = patientReasons(eyes, unplaced, point, circumstances.raised === true);
  return {
    ...name,
    result: patientResult(reasons),
    urgent: images.some((image) => isUrgent(image, point)),
    reasons,
    eyes,
    unplacedImageIds: idsOf(unplaced),
  };
}

function eyeResult(reasons: readonly EyeReason[]): PatientResult {
  if (reasons.includes('score') || reasons.includes('opaque')) return 'refer';
  if (reasons.includes('ungradable') || reasons.includes('not-possible')) return 'ungradable';
  // An absent eye has nothing to clear; the patient's result looks at its reason, not at this.
  return reasons.every((reason) => reason === 'below-threshold') ? 'no-refer' : 'incomplete';
}

function patientReasons(
  eyes: readonly EyeRow[],
  unplaced: readonly ImageEvidence[],
  point: OperatingPoint,
  raised: boolean,
): PatientReason[] {
  const unplacedResults = unplaced.map((image) => imageResult(image, point));
  const found = new Set<PatientReason>();
  if (raised) found.add('raised');
  if (unplaced.length > 0) found.add('eye-unknown');
  if (unplacedResults.includes('refer')) found.add('score');
  if (unplacedResults.includes('error')) found.add('file-failed');
  for (const { reasons, p2 } of eyes) {
    if (reasons.includes('score')) found.add('score');
    if (reasons.includes('opaque')) found.add('opaque-eye');
    if (reasons.includes('ungradable') || reasons.includes('not-possible')) found.add('ungradable');
    if (reasons.includes('missing') || reasons.includes('field-missing')) found.add('eye-missing');
    if (reasons.includes('not-scored')) found.add('not-scored');
    if (reasons.includes('file-failed')) found.add('file-failed');
    if (reasons.includes('below-threshold')) found.add('below-threshold');
    // A retina in a photograph of an eye that is not there: one of the two statements is wrong.
    if (reasons.includes('absent') && p2 !== null) found.add('eye-unknown');
  }
  // Somebody without any eye to photograph has had no examination.
  if (found.size === 0) found.add('eye-missing');
  return PATIENT_REASONS.filter((reason) => found.has(reason));
}

function patientResult(reasons: readonly PatientReason[]): PatientResult {
  if (reasons.some((reason) => reason === 'score' || reason === 'opaque-eye' || reason === 'raised')) return 'refer';
  if (reasons.includes('ungradable')) return 'ungradable';
  return reasons.every((reason) => reason === 'below-threshold') ? 'no-refer' : 'incomplete';
}

function isRetina(image: ImageEvidence): boolean {
  return image.kind === 'retina' || image.kind === 'unscored';
}

function isGradable(image: ImageEvidence): boolean {
  return (image.kind === 'retina' || image.kind === 'unscored') && image.gradable;
}

/** Those of the fields that a photograph of the kind asked for shows. */
function fieldsIn(images: readonly ImageEvidence[], fields: readonly string[], counts: (image: ImageEvidence) => boolean): string[] {
  return fields.filter((field) => images.some((image) => counts(image) && fieldOf(image.field ?? null) === field));
}

function worstP2(images: readonly ImageEvidence[]): number | null {
  const scores = images.flatMap((image) => (image.kind === 'retina' && Number.isFinite(image.p[1]) ? [image.p[1]] : []));
  return scores.length === 0 ? null : Math.max(...scores);
}

function idsOf(images: readonly ImageEvidence[]): string[] {
  return images.flatMap((image) => (image.imageId === null ? [] : [image.imageId]));
}
