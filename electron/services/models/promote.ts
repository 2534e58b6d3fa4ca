import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addActivation } from '../../db/queries/activations';
import { listCameras } from '../../db/queries/images';
import { registerModel } from '../../db/queries/models';
import { addPromotion } from '../../db/queries/promotions';
import { transaction } from '../../db/sql';
import type { EngineClient } from '../../engine/client/engine-client';
import { requireOneNetwork } from '../../engine/bundle/forms';
import { type ModelBundle, readBundle } from '../../engine/bundle/read';
import type { EngineFacts } from '../../engine/protocol';
import { type GatePatient, type GateResult, promotionGate } from '../../shared/clinical/promotion-gate';
import { type OperatingPoint, operatingPointOf } from '../../shared/clinical/outcome';
import { type Actor, BACKENDS, type BackendChoice } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { evaluate, type EvaluatedImage, type Evaluation } from '../evaluate/evaluate';
import { inferenceThreads } from '../workspace';
import { isSentOn } from './sent-on';
import { findModel, keepModel, modelInUse } from './store';
import { readTestSet, requireNotTrainedOn, type TestSet } from './test-set';

export interface PromoteOptions {
  profile: Profile;
  starterFolder: string;
  engine: EngineClient;
  backend: BackendChoice;
  /** Folder or id of the candidate. */
  model: string;
  /** The manifest of its training; null: as `train` left it beside the bundle. */
  manifestFile: string | null;
  /** The list with the locked test patients. */
  data: string;
  images: string | null;
  /** The doctor who answers for it. */
  countersigner: Actor | null;
  /** Whether the model may come into use as "not validated here". */
  acceptNotValidated: boolean;
  signal: AbortSignal;
  hooks: {
    onFiles: (done: number, total: number) => void;
    onMeasuring: (modelName: string) => void;
    onProgress: (done: number, total: number) => void;
  };
}

export interface Examined {
  candidate: { id: string; name: string };
  active: { id: string; name: string };
  result: GateResult;
  activated: boolean;
}

interface Measured {
  bundle: ModelBundle;
  facts: EngineFacts;
  evaluation: Evaluation;
}

/**
 * Puts a model to use if the promotion gate lets it through. Both models are measured anew on the same photographs, in one go: no figure
 * comes from a card. What the gate said is kept, a refusal too.
 *
 * @throws AppError model-unknown, model-in-use, bundle-*, gate-*, label-list-invalid, path-not-found, engine-*, cancelled, not-permitted
 */
export async function promote(actor: Actor, options: PromoteOptions): Promise<Examined> {
  requireRole(actor, 'admin');
  const { profile } = options;
  const candidate = await findModel(profile, options.starterFolder, options.model);
  const inUse = modelInUse(profile, options.starterFolder);
  const active = await readBundle(inUse.folder, inUse.id);
  if (candidate.bundle.files.id === active.files.id) throw new AppError('model-in-use');
  for (const bundle of [candidate.bundle, active]) requireOneNetwork(bundle.files);
  const testSet = await readTestSet(profile.database, {
    data: options.data,
    images: options.images,
    signal: options.signal,
    onFiles: options.hooks.onFiles,
  });
  await requireNotTrainedOn(testSet, candidate.bundle.card, options.manifestFile ?? candidate.manifestFile);
  // Said before anything is measured: a look at the test set that can lead to nothing would still use it up.
  if (testSet.notAdjudicated > 0 && !options.acceptNotValidated)
    throw new AppError('gate-labels-not-adjudicated', { patients: testSet.notAdjudicated });

  const ofCandidate = await measure(actor, options, candidate.bundle, 'candidate');
  const ofActive = await measure(actor, options, active, 'active');
  const result = promotionGate({
    patients: gatePatients(testSet, ofCandidate, ofActive),
    knownSlices: listCameras(profile.database).map((camera) => `camera ${camera}`),
    notAdjudicated: testSet.notAdjudicated,
    trainerId: actor.userId,
    countersignature:
      options.countersigner === null
        ? null
        : { userId: options.countersigner.userId, isDoctor: options.countersigner.roles.includes('doctor') },
  });
  if (result.verdict !== 'refused')
    await keepModel(profile, { ...candidate, manifestFile: options.manifestFile ?? candidate.manifestFile });
  record(actor, options, testSet, ofCandidate, ofActive, result);
  return {
    candidate: { id: candidate.bundle.files.id, name: candidate.bundle.card.name },
    active: { id: active.files.id, name: active.card.name },
    result,
    activated: result.verdict !== 'refused',
  };
}

/** Loads a model and measures it on the locked patients. */
async function measure(actor: Actor, options: PromoteOptions, bundle: ModelBundle, role: 'candidate' | 'active'): Promise<Measured> {
  const { engine, hooks } = options;
  hooks.onMeasuring(bundle.card.name);
  const facts = await engine.load({ bundle: bundle.files, backend: options.backend, order: BACKENDS, threads: inferenceThreads() });
  // The thresholds of a new model must have been chosen with the quality gate that will stand before it; the old one is in use as it is.
  if (role === 'candidate' && facts.gate !== bundle.card.gate)
    throw new AppError('bundle-preprocessing-mismatch', { model: bundle.card.gate ?? '', program: facts.gate });
  const evaluation = await evaluate(actor, {
    data: options.data,
    images: options.images,
    patients: 'locked',
    bundle,
    engine,
    signal: options.signal,
    onProgress: hooks.onProgress,
  });
  return { bundle, facts, evaluation };
}

/** @throws AppError gate-test-set-changed unless both models were measured on exactly the photographs and labels of the test set */
function gatePatients(testSet: TestSet, candidate: Measured, active: Measured): GatePatient[] {
  const [ofCandidate, ofActive] = [candidate, active].map(({ evaluation }) => scoresOf(testSet, evaluation));
  const byPatient = new Map<string, TestSet['images']>();
  for (const image of testSet.images) byPatient.set(image.patient, [...(byPatient.get(image.patient) ?? []), image]);
  return [...byPatient].map(([patient, images]): GatePatient => {
    const scored = images.map((image) => ({ ...image, of: ofCandidate?.get(image.file) }));
    return {
      referable: images.some((image) => image.referable),
      candidate: sentOn(images, ofCandidate, candidate.bundle),
      active: sentOn(images, ofActive, active.bundle),
      // The word before the space says what kind of group it is.
      slices: [
        ...new Set([
          ...images.map((image) => `source ${image.source}`),
          ...scored.flatMap(({ of }) => (of?.camera ? [`camera ${of.camera}`] : [])),
          scored.every(({ of }) => of?.gradable) ? 'quality readable' : 'quality unreadable',
        ]),
      ],
      uses: testSet.usesOf.get(patient) ?? 0,
    };
  });
}

type Scores = ReadonlyMap<string, EvaluatedImage>;

function scoresOf(testSet: TestSet, evaluation: Evaluation): Scores {
  const scores = new Map(evaluation.images.map((image) => [image.file, image]));
  const same = testSet.images.every((image) => {
    const scored = scores.get(image.file);
    return scored?.sha256 === image.imageSha256 && scored.patient === image.patient && scored.referable === image.referable;
  });
  if (!same || scores.size !== testSet.images.length || evaluation.unreadable.length > 0) throw new AppError('gate-test-set-changed');
  return scores;
}

function sentOn(images: TestSet['images'], scores: Scores | undefined, bundle: ModelBundle): boolean {
  return isSentOn(
    images.map(({ file, eye }) => ({ file, eye, scored: scores?.get(file) })),
    pointOf(bundle),
  );
}

function pointOf(bundle: ModelBundle): OperatingPoint {
  const point = operatingPointOf(bundle.card);
  if (point === null) throw new AppError('bundle-foreign', { detail: 'no operating point: a backbone cannot screen' });
  return point;
}

/** The examination, both evaluations and, if the gate opened, the activation: together or not at all. */
function record(
  actor: Actor,
  { profile, countersigner }: PromoteOptions,
  testSet: TestSet,
  candidate: Measured,
  active: Measured,
  result: GateResult,
): void {
  const { database, site } = profile;
  const candidateId = candidate.bundle.files.id;
  transaction(database, () => {
    for (const { bundle } of [candidate, active])
      registerModel(database, { id: bundle.files.id, name: bundle.card.name, card: bundle.card });
    const promotionId = addPromotion(database, {
      siteId: site.id,
      candidateId,
      activeId: active.bundle.files.id,
      testSetSha256: testSet.sha256,
      verdict: result.verdict,
      reasons: [...result.reasons, ...result.notes],
      actorId: actor.userId,
      countersignedBy: countersigner?.userId ?? null,
      images: testSet.images,
      evaluations: [candidate, active].map(({ bundle, facts, evaluation }) => ({
        modelId: bundle.files.id,
        preprocessing: facts.preprocessing,
        gate: facts.gate,
        backend: facts.backend,
        device: facts.device,
        figures: evaluation.parts,
      })),
    });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'model.examined',
      recordType: 'promotion',
      recordId: promotionId,
      details: {
        candidate: candidateId,
        active: active.bundle.files.id,
        verdict: result.verdict,
        ...Object.fromEntries(result.reasons.map(({ code }, index) => [`reason${index + 1}`, code])),
        countersignedBy: countersigner?.userId ?? null,
      },
    });
    if (result.verdict === 'refused') return;
    const validated = result.verdict === 'passed';
    addActivation(database, { siteId: site.id, promotionId, modelId: candidateId, validated, actorId: actor.userId });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'model.activated',
      recordType: 'model',
      recordId: candidateId,
      details: { promotion: promotionId, validated },
    });
  });
}
