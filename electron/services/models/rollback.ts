import { appendAuditEvent } from '../../db/audit';
import type { Profile } from '../../db/profile/profile';
import { addRescore, addRollback, currentActivation, listRecalled, type Recalled } from '../../db/queries/activations';
import { getImage } from '../../db/queries/images';
import { findPatientByReference } from '../../db/queries/patients';
import { findPrediction, findQualityCheck } from '../../db/queries/results';
import { getRun } from '../../db/queries/runs';
import { transaction } from '../../db/sql';
import { retryAfterCrash } from '../../engine/client/retry';
import { type ImageEvidence, patientRow } from '../../shared/clinical/outcome';
import { fieldsOf } from '../../shared/clinical/protocol';
import { type Actor, type Eye, ROLES } from '../../shared/domain/codes';
import type { PatientRow } from '../../shared/domain/screening';
import { AppError, toAppError } from '../../shared/errors';
import { requireRole } from '../actor';
import { readCase } from '../encounter/encounter-case';
import { openCallBack, severity } from '../patients/follow-up';
import { isNamed, patientReference } from '../screening/patient-reference';
import { storeScores } from '../screening/stored-image';
import { readRunRows, type RunPatient } from '../screening/run-rows';
import type { LoadedModel, Workspace } from '../workspace';

export interface RolledBack {
  modelId: string;
  /** Everybody whom it sent home and nobody has seen since. */
  recalled: number;
}

/**
 * Takes the model in use back: the one before it is in use again, and every "no referral" that it issued is on the recall list, in one transaction; also
 * where another model has scored the patient since.
 *
 * @throws AppError model-nothing-to-roll-back, not-permitted
 */
export function rollBack(actor: Actor, profile: Profile): RolledBack {
  requireRole(actor, 'admin');
  const { database, site } = profile;
  return transaction(database, () => {
    const activation = currentActivation(database);
    if (activation === undefined) throw new AppError('model-nothing-to-roll-back');
    const rollbackId = addRollback(database, { siteId: site.id, activation, actorId: actor.userId });
    const recalled = listRecalled(database).filter((one) => one.rollbackId === rollbackId).length;
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'model.rolled-back',
      recordType: 'model',
      recordId: activation.modelId,
      details: { rollback: rollbackId, recalled },
    });
    return { modelId: activation.modelId, recalled };
  });
}

/** Whoever was sent home by a model that was taken back. */
export function recallList(actor: Actor, profile: Profile): Recalled[] {
  requireRole(actor, ...ROLES);
  return listRecalled(profile.database);
}

export interface RescoreOptions {
  signal: AbortSignal;
  onProgress: (done: number, total: number) => void;
}

/**
 * Has the model in use look at the photographs of everybody on the recall list who was not looked at yet. Each answer is stored at once:
 * interrupted, the next call goes on. Whose photographs are not there any more stays on the list unanswered.
 *
 * @throws AppError cancelled, engine-*, bundle-*
 */
export async function rescoreRecalled(actor: Actor, workspace: Workspace, options: RescoreOptions): Promise<void> {
  requireRole(actor, 'admin');
  const { database } = workspace.profile;
  const waiting = listRecalled(database).filter((one) => one.rescored === null);
  if (waiting.length === 0) return;
  const model = await workspace.loadModel();
  let done = 0;
  async function look(recalled: Recalled, again: () => Promise<PatientRow | null>): Promise<void> {
    if (options.signal.aborted) throw new AppError('cancelled');
    const row = await again();
    if (row !== null) keep(actor, workspace, model, recalled, row);
    options.onProgress(++done, waiting.length);
  }
  for (const recalled of waiting) {
    const { encounterId } = recalled;
    if (encounterId !== null) await look(recalled, () => rescoreEncounter(workspace, model, encounterId, options.signal));
  }
  for (const runId of new Set(waiting.map((one) => one.runId))) {
    if (runId === null) continue;
    const patients = await patientsOfRun(workspace, runId, model);
    for (const recalled of waiting.filter((one) => one.runId === runId)) {
      const patient = patients.get(recalled.patientId);
      await look(recalled, async () => (patient === undefined ? null : rescore(workspace, model, recalled, patient, options.signal)));
    }
  }
}

/** The photographs of an encounter, with what people said of its eyes. @returns null when a photograph is not there any more */
async function rescoreEncounter(
  workspace: Workspace,
  model: LoadedModel,
  encounterId: string,
  signal: AbortSignal,
): Promise<PatientRow | null> {
  const { database } = workspace.profile;
  const { encounter, images, failed, eyes, intake, raises, site } = readCase(database, encounterId);
  const evidence: ImageEvidence[] = failed.map((file) => ({ imageId: null, eye: file.claimedEye, kind: 'failed' }));
  for (const { imageId, eye, field } of images) {
    const sha256 = getImage(database, imageId)?.sha256 ?? null;
    const found = await evidenceFor(workspace, model, { imageId, eye, sha256 }, signal);
    if (found === null) return null;
    evidence.push({ ...found, field });
  }
  const who = { patient: encounter.shortId, patientId: encounter.patientId, identified: true };
  return patientRow(who, evidence, model.point, {
    eyes,
    raised: intake.raised || raises.length > 0,
    fields: fieldsOf(site.protocol),
  });
}

async function patientsOfRun(workspace: Workspace, runId: string, model: LoadedModel): Promise<Map<string, RunPatient>> {
  const { database, site } = workspace.profile;
  const byId = new Map<string, RunPatient>();
  const run = getRun(database, runId);
  if (run === undefined) return byId;
  const { patients } = await readRunRows(database, run, model.point);
  for (const patient of patients) {
    if (!isNamed(patient)) continue;
    const known = findPatientByReference(database, patientReference(site.id, runId, run.listSha256, patient));
    if (known !== undefined) byId.set(known.id, patient);
  }
  return byId;
}

/** @returns null when a photograph is not there any more */
async function rescore(
  workspace: Workspace,
  model: LoadedModel,
  recalled: Recalled,
  patient: RunPatient,
  signal: AbortSignal,
): Promise<PatientRow | null> {
  const evidence: ImageEvidence[] = [];
  for (const row of patient.rows) {
    const found = await evidenceFor(workspace, model, { imageId: row.image.imageId, eye: row.claim.eye, sha256: row.sha256 }, signal);
    if (found === null) return null;
    evidence.push(found);
  }
  return patientRow({ patient: patient.display, patientId: recalled.patientId, identified: true }, evidence, model.point);
}

async function evidenceFor(
  workspace: Workspace,
  model: LoadedModel,
  { imageId, eye, sha256 }: { imageId: string | null; eye: Eye | null; sha256: string | null },
  signal: AbortSignal,
): Promise<ImageEvidence | null> {
  const place = { imageId, eye };
  if (imageId === null || sha256 === null) return { ...place, kind: 'failed' };
  const { database } = workspace.profile;
  const { preprocessing, gate, backend } = model.facts;
  const checked = findQualityCheck(database, { imageId, preprocessing, gate });
  if (checked?.kind === 'not-fundus') return { ...place, kind: 'not-fundus' };
  const known = findPrediction(database, { imageId, modelId: model.id, preprocessing, gate, backend });
  if (checked !== undefined && known !== undefined) return { ...place, kind: 'retina', gradable: checked.gradable, p: known.p };
  const bytes = await original(workspace, sha256);
  if (bytes === null) return null;
  const screened = await retryAfterCrash(() => workspace.engine.request('screen', { bytes }, { signal }));
  const { quality, prediction } = screened;
  transaction(database, () => {
    storeScores(workspace, model, imageId, screened);
  });
  if (prediction === null) return { ...place, kind: 'not-fundus' };
  return { ...place, kind: 'retina', gradable: quality.gradable, p: prediction.p };
}

async function original(workspace: Workspace, sha256: string): Promise<Uint8Array | null> {
  try {
    return await workspace.profile.blobs.get('original', sha256);
  } catch (thrown) {
    const { code } = toAppError(thrown);
    if (code === 'not-found' || code === 'blob-damaged') return null;
    throw thrown;
  }
}

function keep(actor: Actor, workspace: Workspace, model: LoadedModel, recalled: Recalled, { result, urgent }: PatientRow): void {
  const { database, site } = workspace.profile;
  transaction(database, () => {
    addRescore(database, { siteId: site.id, recalled, modelId: model.id, result, urgent });
    appendAuditEvent(database, {
      siteId: site.id,
      actor,
      action: 'recall.rescored',
      recordType: 'outcome',
      recordId: recalled.outcomeId,
      details: { model: model.id, result, urgent },
    });
    // Who went home on the better result is reached: the outcome itself changes only when a person decides.
    if (severity({ result, urgent }) > severity({ result: 'no-refer', urgent: false })) {
      const { patientId, encounterId, outcomeId } = recalled;
      openCallBack(database, actor, { siteId: site.id, patientId, encounterId, outcomeId, reason: 'model-recall', urgent });
    }
  });
}
