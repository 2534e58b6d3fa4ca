import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { EngineClient } from '../../engine/client/engine-client';
import { retryAfterCrash } from '../../engine/client/retry';
import type { ModelBundle } from '../../engine/bundle/read';
import type { ScreenedImage } from '../../engine/protocol';
import type { Actor } from '../../shared/domain/codes';
import { AppError, toAppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { readFileOnce } from '../read-file';
import type { LabelledFile } from '../train/label-list';
import { isLocked } from '../train/partitions';
import { readLabelList } from '../train/training-set';
import { figuresOf, type MeasuredCase, patientsOf, type Figures } from './figures';

export interface EvaluateOptions {
  data: string;
  images: string | null;
  patients: EvaluatedPatients;
  /** The loaded model's bundle: its thresholds are the ones measured. */
  bundle: ModelBundle;
  /** With the model loaded. */
  engine: EngineClient;
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
  /** Told of each photograph with what the figures do not keep: map and retina. */
  onScreened?: (image: EvaluatedImage, screened: Pick<ScreenedImage, 'facts' | 'retina' | 'prediction' | 'thumbnail'>) => void;
  /** Of the model's training, as `train` left it: names whom it was trained on. */
  manifestFile?: string;
}

/** `open` leaves the locked test patients alone: only the promotion gate may look at them without counting it as a look. */
export const EVALUATED_PATIENTS = ['all', 'locked', 'open'] as const;
export type EvaluatedPatients = (typeof EVALUATED_PATIENTS)[number];

export interface EvaluatedImage {
  file: string;
  /** Hex, of what was measured. */
  sha256: string;
  /** As the camera writes itself into its files; null where it does not. */
  camera: string | null;
  patient: string;
  /** As the list writes it; empty where it does not say. */
  eye: string;
  source: string;
  grade: number | null;
  referable: boolean;
  locked: boolean;
  gradable: boolean;
  /** Calibrated P(grade >= 1..4); null for what is not a retina. */
  p: readonly number[] | null;
}

export interface EvaluationGroup {
  name: string;
  kind: 'all' | 'source' | 'camera' | 'gradable' | 'ungradable' | 'eye' | 'patient' | 'patient-gradable';
  unit: 'image' | 'eye' | 'patient';
  /** Fewer than 10 of one class: its figures say next to nothing. */
  tooFew: boolean;
  figures: Figures;
}

export interface EvaluationPart {
  /** Locked test patients have been seen by no training of this program; others may have been. */
  locked: boolean;
  patients: number;
  groups: EvaluationGroup[];
}

export interface Evaluation {
  modelId: string;
  modelName: string;
  thresholds: { screening: number; confirm: number | null };
  parts: EvaluationPart[];
  unlabelled: number;
  unreadable: { file: string; code: string }[];
  images: EvaluatedImage[];
  /** Referable images below the screening threshold, the worst first. */
  missed: EvaluatedImage[];
  /** Other images at or above it, the surest first. */
  alarms: EvaluatedImage[];
  /** Patients of the list whom the model was trained on or calibrated with; null where its training left no manifest that its card vouches for. */
  trainedOn: string[] | null;
}

/**
 * Measures a model on labelled photographs: through the same decode, gate and network as screening.
 * @throws AppError path-not-found, label-list-invalid, bundle-foreign, cancelled, engine-*
 */
export async function evaluate(actor: Actor, options: EvaluateOptions): Promise<Evaluation> {
  requireRole(actor, 'admin');
  const { card, files } = options.bundle;
  if (!card.operatingPoints) throw new AppError('bundle-foreign', { detail: 'a backbone without a head cannot be evaluated' });
  const list = await readLabelList(options.data);
  const rows = list.files.filter((file) => options.patients === 'all' || isLocked(file.patient) === (options.patients === 'locked'));
  const folder = options.images ?? dirname(options.data);
  const images: (EvaluatedImage | null)[] = rows.map(() => null);
  const unreadable: Evaluation['unreadable'] = [];
  const underWay = new Set<Promise<void>>();
  let done = 0;

  async function score(file: LabelledFile, index: number): Promise<void> {
    try {
      const { bytes, sha256 } = await readFileOnce(Buffer.from(join(folder, file.file)));
      const screened = await retryAfterCrash(() => options.engine.request('screen', { bytes }, { signal: options.signal }));
      const { facts, quality, prediction } = screened;
      const { patient, eye, source, grade, referable } = file;
      const image: EvaluatedImage = {
        file: file.file,
        sha256,
        camera: facts.camera,
        patient,
        eye,
        source,
        grade,
        referable,
        locked: isLocked(patient),
        gradable: quality.gradable,
        p: prediction && [...prediction.p],
      };
      images[index] = image;
      options.onScreened?.(image, screened);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!error.code.startsWith('image-')) throw thrown;
      unreadable.push({ file: file.file, code: error.code });
    }
    options.onProgress(++done, rows.length);
  }

  for (const [index, file] of rows.entries()) {
    await options.engine.whenFree();
    const work = score(file, index).finally(() => underWay.delete(work));
    work.catch(() => undefined);
    underWay.add(work);
    if (underWay.size > options.engine.capacity) await Promise.race(underWay);
  }
  await Promise.all(underWay);

  const scored = images.filter((image) => image !== null);
  const thresholds = { screening: card.operatingPoints.screening.threshold, confirm: card.operatingPoints.confirm?.threshold ?? null };
  const parts = [true, false]
    .map((locked) => ({ locked, of: scored.filter((image) => image.locked === locked) }))
    .filter(({ of }) => of.length > 0)
    .map(({ locked, of }): EvaluationPart => ({
      locked,
      patients: new Set(of.map((image) => image.patient)).size,
      groups: groupsOf(of, thresholds),
    }));
  return {
    modelId: files.id,
    modelName: card.name,
    thresholds,
    parts,
    unlabelled: list.unlabelled,
    unreadable,
    images: scored,
    ...errorsOf(scored, thresholds.screening),
    trainedOn: await trainedPatients(scored, options),
  };
}

/** @param threshold of the screening point */
export function errorsOf(scored: readonly EvaluatedImage[], threshold: number): Pick<Evaluation, 'missed' | 'alarms'> {
  const p2 = (image: EvaluatedImage): number => image.p?.[1] ?? 0;
  const withScore = scored.filter((image) => image.p !== null);
  return {
    missed: withScore
      .filter((image) => image.referable && p2(image) < threshold)
      .sort((a, b) => (b.grade ?? 2) - (a.grade ?? 2) || p2(a) - p2(b)),
    alarms: withScore.filter((image) => !image.referable && p2(image) >= threshold).sort((a, b) => p2(b) - p2(a)),
  };
}

/** By content: a patient may have another number in this list. */
async function trainedPatients(images: readonly EvaluatedImage[], { manifestFile, bundle }: EvaluateOptions): Promise<string[] | null> {
  const manifest = manifestFile === undefined ? null : await readFile(manifestFile, 'utf8').catch(() => null);
  if (manifest === null || createHash('sha256').update(manifest).digest('hex') !== bundle.card.dataset.manifestSha256) return null;
  const trained = new Set(manifest.split('\n').map((line) => line.slice(0, 64)));
  return [...new Set(images.filter(({ sha256 }) => trained.has(sha256)).map(({ patient }) => patient))].sort();
}

const LEAST_OF_CLASS = 10;

/** All photographs, each source and camera, readable and unreadable ones, eyes and patients. */
export function groupsOf(images: readonly EvaluatedImage[], thresholds: Evaluation['thresholds']): EvaluationGroup[] {
  function group(name: string, kind: EvaluationGroup['kind'], cases: readonly MeasuredCase[]): EvaluationGroup {
    const figures = figuresOf(cases, thresholds);
    const unit = kind === 'eye' ? 'eye' : kind.startsWith('patient') ? 'patient' : 'image';
    return { name, kind, unit, tooFew: Math.min(figures.positives, figures.cases - figures.positives) < LEAST_OF_CLASS, figures };
  }
  const names = (of: (image: EvaluatedImage) => string | null): string[] =>
    [...new Set(images.map(of).filter((name) => name !== null && name !== ''))].sort() as string[];
  const gradable = images.filter((image) => image.gradable);
  const eyes = images
    .filter(({ eye }) => eye !== '')
    .map((image) => ({ ...image, patient: `${image.patient}\n${image.eye.toLowerCase().slice(0, 1)}` }));
  const eyeOf = ({ patient, eye }: EvaluatedImage): string => `${patient}\n${eye}`;
  const readable = new Set(gradable.map(eyeOf));
  // By intention to screen: an eye of which no photograph can be read is sent on, which is test positive.
  const sentOn = images.map((image) => (readable.has(eyeOf(image)) ? image : { ...image, p: null }));
  return [
    group('all', 'all', images),
    ...names(({ source }) => source).map((source) =>
      group(
        source,
        'source',
        images.filter((image) => image.source === source),
      ),
    ),
    ...names(({ camera }) => camera).map((camera) =>
      group(
        `camera ${camera}`,
        'camera',
        images.filter((image) => image.camera === camera),
      ),
    ),
    group('all, gradable', 'gradable', gradable),
    group(
      'all, ungradable',
      'ungradable',
      images.filter((image) => !image.gradable),
    ),
    ...(eyes.length === 0 ? [] : [group('all, by eye', 'eye', patientsOf(eyes))]),
    group('all, by patient', 'patient', patientsOf(sentOn)),
    group('all, by patient, gradable', 'patient-gradable', patientsOf(gradable)),
  ].filter(({ kind, figures }) => figures.cases > 0 || kind === 'all');
}
