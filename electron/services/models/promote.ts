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
import { type GateInput, type GateNote, type GatePatient, type GateResult, promotionGate } from '../../shared/clinical/promotion-gate';
import { type OperatingPoint, operatingPointOf } from '../../shared/clinical/outcome';
import { type Actor, BACKENDS, type BackendChoice } from '../../shared/domain/codes';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { evaluate, type EvaluatedImage, type Evaluation } from '../evaluate/evaluate';
import { inferenceThreads } from '../workspace';
import { keepSeen, type MeasuredModel, type SeenImages } from './comparison';
import { isSentOn } from './sent-on';
import { findModel, keepModel, type KnownModel, modelInUse } from './store';
import { readTestSet, requireNotTrainedOn, type TestSet } from './test-set';

export interface ExamineOptions {
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
  /** The doctor who answers for it; null: signed later, or never. */
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

/** What was measured, kept until a doctor signs for it or nobody does. */
export interface Examination {
  examined: Examined;
  candidate: KnownModel;
  ofCandidate: MeasuredModel;
  ofActive: MeasuredModel;
  testSet: TestSet;
  /** All that the gate went by but the signature. */
  input: Omit<GateInput, 'countersignature'>;
  promotionId: string;
}

/**
 * Puts a model to use if the promotion gate lets it through. Both models are measured anew on the same photographs, in one go: no figure
 * comes from a card. What the gate said is kept, a refusal too.
 *
 * @throws AppError model-unknown, model-in-use, bundle-*, gate-*, label-list-invalid, path-not-found, engine-*, cancelled, not-permitted
 */
export async function promote(actor: Actor, options: ExamineOptions): Promise<Examined> {
  return (await examine(actor, options)).examined;
}

/** As `promote`, and hands out what was measured, so that a doctor may look before signing. @throws as `promote` */
export async function examine(actor: Actor, options: ExamineOptions): Promise<Examination> {
  requireRole(actor, 'admin');
  const { profile } = options;
  const found = await findModel(profile, options.starterFolder, options.model);
  const candidate = { ...found, manifestFile: options.manifestFile ?? found.manifestFile };
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
  await requireNotTrainedOn(testSet, candidate.bundle.card, candidate.manifestFile);
  // Said before anything is measured: a look at the test set that can lead to nothing would still use it up.
  if (testSet.notAdjudicated > 0 && !options.acceptNotValidated)
    throw new AppError('gate-labels-not-adjudicated', { patients: testSet.notAdjudicated });

  const ofCandidate = await measure(actor, options, candidate.bundle, 'candidate');
  const ofActive = await measure(actor, options, active, 'active');
  const input = {
    patients: gatePatients(testSet, ofCandidate, ofActive),
    knownSlices: listCameras(profile.database).map((camera) => `camera ${camera}`),
    notAdjudicated: testSet.notAdjudicated,
    trainerId: actor.userId,
  };
  return decide(actor, profile, options.countersigner, { candidate, ofCandidate, ofActive, testSet, input });
}

/**
 * A doctor signs for a model that was examined before: the same measurement goes through the gate once more, with the signature. It is no new look
 * at the test set. Needs the program that measured: after a restart the model is examined again.
 *
 * @throws AppError model-changed-since when another model came into use meanwhile, bundle-*, not-permitted
 */
export async function signExamination(
  actor: Actor,
  options: Pick<ExamineOptions, 'profile' | 'starterFolder'> & { countersigner: Actor },
  examination: Examination,
): Promise<Examination> {
  requireRole(actor, 'admin');
  const { profile, starterFolder, countersigner } = options;
  const inUse = modelInUse(profile, starterFolder);
  const active = await readBundle(inUse.folder, inUse.id);
  if (active.files.id !== examination.ofActive.bundle.files.id || examination.examined.activated) throw new AppError('model-changed-since');
  return decide(actor, profile, countersigner, examination, examination.promotionId);
}

/** Asks the gate, keeps the model if it opens, and records what was said. @param signs the examination whose measurement this is */
async function decide(
  actor: Actor,
  profile: Profile,
  countersigner: Actor | null,
  measured: Omit<Examination, 'examined' | 'promotionId'>,
  signs: string | null = null,
): Promise<Examination> {
  const { candidate, ofCandidate, ofActive, testSet, input } = measured;
  const countersignature =
    countersigner === null ? null : { userId: countersigner.userId, isDoctor: countersigner.roles.includes('doctor') };
  const gate = promotionGate({ ...input, countersignature });
  // Kept with the promotion: what says so is no look at the test set (`countUses`).
  const signed: GateNote[] = signs === null ? [] : [{ code: 'measured-before', params: { promotion: signs } }];
  const result = { ...gate, notes: [...gate.notes, ...signed] };
  const activated = result.verdict !== 'refused';
  if (activated) await keepModel(profile, candidate);
  const promotionId = record(actor, profile, countersigner, testSet, ofCandidate, ofActive, result);
  const examined = {
    candidate: { id: candidate.bundle.files.id, name: candidate.bundle.card.name },
    active: { id: ofActive.bundle.files.id, name: ofActive.bundle.card.name },
    result,
    activated,
  };
  return { candidate, ofCandidate, ofActive, testSet, input, examined, promotionId };
}

/** Loads a model and measures it on the locked patients. */
async function measure(actor: Actor, options: ExamineOptions, bundle: ModelBundle, role: 'candidate' | 'active'): Promise<MeasuredModel> {
  const { engine, hooks } = options;
  const seen: SeenImages = new Map();
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
    onScreened: keepSeen(seen, bundle),
  });
  return { bundle, facts, evaluation, seen };
}

/** @throws AppError gate-test-set-changed unless both models were measured on exactly the photographs and labels of the test set */
function gatePatients(testSet: TestSet, candidate: MeasuredModel, active: MeasuredModel): GatePatient[] {
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
  profile: Profile,
  countersigner: Actor | null,
  testSet: TestSet,
  candidate: MeasuredModel,
  active: MeasuredModel,
  result: GateResult,
): string {
  const { database, site } = profile;
  const candidateId = candidate.bundle.files.id;
  return transaction(database, () => {
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
    if (result.verdict === 'refused') return promotionId;
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
    return promotionId;
  });
}
