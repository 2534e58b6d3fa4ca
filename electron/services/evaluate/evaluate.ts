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
import { figuresOf, patientsOf, type Figures } from './figures';

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
  onScreened?: (image: EvaluatedImage, screened: Pick<ScreenedImage, 'facts' | 'retina' | 'prediction'>) => void;
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
  unit: 'image' | 'patient';
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
      const { patient, source, grade, referable } = file;
      const image: EvaluatedImage = {
        file: file.file,
        sha256,
        camera: facts.camera,
        patient,
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
    missed: scored
      .filter((image) => image.referable && image.p !== null && (image.p[1] ?? 0) < thresholds.screening)
      .sort((a, b) => (b.grade ?? 2) - (a.grade ?? 2) || (a.p?.[1] ?? 0) - (b.p?.[1] ?? 0)),
  };
}

/** All photographs, each source, the readable ones, and patients. */
export function groupsOf(images: readonly EvaluatedImage[], thresholds: Evaluation['thresholds']): EvaluationGroup[] {
  const sources = [...new Set(images.map((image) => image.source))].sort();
  return [
    { name: 'all', unit: 'image', figures: figuresOf(images, thresholds) },
    ...sources.map((source): EvaluationGroup => ({
      name: source,
      unit: 'image',
      figures: figuresOf(
        images.filter((image) => image.source === source),
        thresholds,
      ),
    })),
    {
      name: 'all, gradable',
      unit: 'image',
      figures: figuresOf(
        images.filter((image) => image.gradable),
        thresholds,
      ),
    },
    { name: 'all, by patient', unit: 'patient', figures: figuresOf(patientsOf(images), thresholds) },
  ];
}
