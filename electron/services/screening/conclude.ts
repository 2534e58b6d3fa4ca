import { setImmediate } from 'node:timers/promises';

import { assignImage, currentAssignment } from '../../db/queries/assignments';
import { type OutcomeSubject, recordOutcome } from '../../db/queries/outcomes';
import { findOrAddPatientByReference } from '../../db/queries/patients';
import type { ScreeningRun } from '../../db/queries/runs';
import { transaction } from '../../db/sql';
import { patientRow } from '../../shared/clinical/outcome';
import type { Actor } from '../../shared/domain/codes';
import type { PatientRow } from '../../shared/domain/screening';
import { AppError } from '../../shared/errors';
import type { LoadedModel, Workspace } from '../workspace';
import { isNamed, patientReference } from './patient-reference';
import { evidenceOfRows, readRunRows, type RunPatient } from './run-rows';
import { basisOf } from './stored-image';

/** A patient costs about a millisecond of writing; the flush at the end of the transaction several. */
const PATIENTS_PER_TRANSACTION = 12;

interface ConcludeOptions {
  signal: AbortSignal;
  /** Patients done, after each transaction. */
  onConcluded?: ((done: number, total: number) => void) | undefined;
}

/**
 * Puts the photographs of a run to their patients and stores what follows for each eye and patient. Interrupted and done again it adds
 * nothing twice.
 */
export async function conclude(
  actor: Actor,
  workspace: Workspace,
  model: LoadedModel,
  run: ScreeningRun,
  { signal, onConcluded }: ConcludeOptions,
): Promise<void> {
  const { database } = workspace.profile;
  const { patients } = await readRunRows(database, run, model.point);
  for (let first = 0; first < patients.length; first += PATIENTS_PER_TRANSACTION) {
    if (signal.aborted) throw new AppError('cancelled');
    const some = patients.slice(first, first + PATIENTS_PER_TRANSACTION);
    transaction(database, () => {
      for (const patient of some) concludeOne(actor, workspace, model, run, patient);
    });
    onConcluded?.(first + some.length, patients.length);
    await setImmediate();
  }
}

function concludeOne(actor: Actor, workspace: Workspace, model: LoadedModel, run: ScreeningRun, patient: RunPatient): void {
  const db = workspace.profile.database;
  const siteId = workspace.profile.site.id;
  const patientId = isNamed(patient) ? findOrAddPatientByReference(db, patientReference(siteId, run.id, run.listSha256, patient)).id : null;
  for (const row of patient.rows) assignRow(actor, workspace, run.id, patientId, row);
  const name = { patient: patient.display, patientId, identified: patientId !== null };
  const concluded = patientRow(name, evidenceOfRows(patient.rows), model.point);
  const imageId = patient.rows[0]?.image.imageId ?? null;
  for (const { subject, result, urgent, reasons } of outcomesOf(concluded, patientId, imageId)) {
    recordOutcome(db, {
      siteId,
      runId: run.id,
      encounterId: null,
      subject,
      source: 'ai',
      actorId: actor.userId,
      result,
      urgent,
      reasons,
      basis: basisOf(model),
    });
  }
}

interface Concluded {
  subject: OutcomeSubject;
  result: PatientRow['result'];
  urgent: boolean;
  reasons: readonly string[];
}

/** A photograph that stands alone is the subject itself; a failed file without a patient has none, its source row says why. */
function outcomesOf(row: PatientRow, patientId: string | null, imageId: string | null): Concluded[] {
  const who = patientId === null ? (imageId === null ? null : { imageId }) : { patientId };
  if (who === null) return [];
  const eyes = patientId === null ? row.eyes.filter((eye) => eye.imageIds.length > 0) : row.eyes;
  return [
    ...eyes.map(({ eye, result, reasons }) => ({ subject: { level: 'eye' as const, eye, ...who }, result, urgent: false, reasons })),
    { subject: { level: 'patient', ...who }, result: row.result, urgent: row.urgent, reasons: row.reasons },
  ];
}

/** What a person has decided about a photograph stands; names only fill in and follow. */
function assignRow(actor: Actor, workspace: Workspace, runId: string, patientId: string | null, row: RunPatient['rows'][number]): void {
  const { imageId } = row.image;
  if (imageId === null) return;
  const db = workspace.profile.database;
  const { eye } = row.claim;
  const before = currentAssignment(db, imageId);
  if (before?.basis === 'person') return;
  // A name that says nothing takes nothing back.
  if (patientId === null && eye === null && !row.ownerUnclear) return;
  assignImage(db, {
    siteId: workspace.profile.site.id,
    imageId,
    patientId: row.ownerUnclear ? null : patientId,
    encounterId: null,
    eye,
    field: null,
    basis: row.ownerUnclear ? 'contradicting-names' : row.basis,
    runId,
    actorId: actor.userId,
  });
}
