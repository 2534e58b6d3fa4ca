import { addImage, findImageBySha256 } from '../../db/queries/images';
import { addDiscPosition } from '../../db/queries/disc-positions';
import { recordOutcome } from '../../db/queries/outcomes';
import { addPrediction, addQualityCheck, findPrediction, findQualityCheck } from '../../db/queries/results';
import { DISC_LOCATOR, type ScreenedImage } from '../../engine/protocol';
import { type ImageEvidence, imageResult, isUrgent } from '../../shared/clinical/outcome';
import type { Actor } from '../../shared/domain/codes';
import type { LoadedModel, Workspace } from '../workspace';

/** A photograph whose results are known; `write` puts what is still missing into the run's open transaction. */
export interface StoredImage {
  /** @returns the image's id */
  write: (runId: string | null, actor: Actor) => string;
}

/** The stored result of the same content, model, preprocessing, gate and backend, or null. */
export function findStored(workspace: Workspace, model: LoadedModel, sha256: string): StoredImage | null {
  const db = workspace.profile.database;
  const { preprocessing, gate, backend } = model.facts;
  const image = findImageBySha256(db, sha256);
  if (image === undefined) return null;
  const quality = findQualityCheck(db, { imageId: image.id, preprocessing, gate });
  if (quality === undefined) return null;
  const place = { imageId: image.id, eye: null };
  if (quality.kind === 'not-fundus') {
    return { write: (runId, actor) => writeOutcome(workspace, model, runId, actor, image.id, { ...place, kind: 'not-fundus' }) };
  }
  const prediction = findPrediction(db, { imageId: image.id, modelId: model.id, preprocessing, gate, backend });
  if (prediction === undefined) return null;
  const evidence: ImageEvidence = { ...place, kind: 'retina', gradable: quality.gradable, p: prediction.p };
  return { write: (runId, actor) => writeOutcome(workspace, model, runId, actor, image.id, evidence) };
}

interface NewResult {
  sha256: string;
  byteSize: number;
  screened: ScreenedImage;
}

/** A result fresh from the engine: image, quality check, prediction and outcome go into one transaction. */
export function storeScreened(workspace: Workspace, model: LoadedModel, { sha256, byteSize, screened }: NewResult): StoredImage {
  const db = workspace.profile.database;
  const siteId = workspace.profile.site.id;
  return {
    write(runId, actor) {
      const { facts, disc } = screened;
      const image = addImage(db, { siteId, sha256, byteSize, ...facts });
      const imageId = image.id;
      storeScores(workspace, model, imageId, screened);
      if (disc !== null) addDiscPosition(db, { siteId, imageId, locator: DISC_LOCATOR, ...disc });
      const evidence = evidenceFrom(imageId, screened);
      return evidence === null ? imageId : writeOutcome(workspace, model, runId, actor, imageId, evidence);
    },
  };
}

/** What gate and model said of a photograph, within the open transaction; the word of one version of the gate is kept once. */
export function storeScores(
  { profile }: Workspace,
  model: LoadedModel,
  imageId: string,
  { quality, prediction, retina, timings }: ScreenedImage,
): void {
  const { database, site } = profile;
  const { preprocessing, gate, backend, device } = model.facts;
  const made = { siteId: site.id, imageId, preprocessing, gate };
  if (findQualityCheck(database, made) === undefined)
    addQualityCheck(database, { ...made, ...quality, retina, ms: timings.decodeMs + timings.qualityMs });
  if (prediction !== null) addPrediction(database, { ...made, modelId: model.id, backend, device, ...prediction, ms: timings.inferenceMs });
}

/** null for a retina that nobody was allowed to score: there is nothing to conclude from it alone. */
function evidenceFrom(imageId: string, { quality, prediction }: ScreenedImage): ImageEvidence | null {
  if (quality.kind === 'not-fundus') return { imageId, eye: null, kind: 'not-fundus' };
  if (prediction === null) return null;
  return { imageId, eye: null, kind: 'retina', gradable: quality.gradable, p: prediction.p };
}

/** The image's own outcome in this run; the second file of one content finds it there. */
function writeOutcome(
  workspace: Workspace,
  model: LoadedModel,
  runId: string | null,
  actor: Actor,
  imageId: string,
  evidence: ImageEvidence,
): string {
  const result = imageResult(evidence, model.point);
  // A failed score never gets here: it is refused before it is stored.
  if (result !== 'error') {
    recordOutcome(workspace.profile.database, {
      siteId: workspace.profile.site.id,
      runId,
      encounterId: null,
      subject: { level: 'image', imageId },
      source: 'ai',
      actorId: actor.userId,
      result,
      urgent: isUrgent(evidence, model.point),
      reasons: [],
      basis: basisOf(model),
    });
  }
  return imageId;
}

/** What an outcome rests on, kept with it. */
export function basisOf(model: LoadedModel): Record<string, string | number | null> {
  const { preprocessing, gate, backend } = model.facts;
  return { modelId: model.id, preprocessing, gate, backend, referThreshold: model.point.refer, urgentThreshold: model.point.urgent };
}
