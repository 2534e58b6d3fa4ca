import { setImmediate } from 'node:timers/promises';

import { blindedImages } from '../../db/queries/blinding';
import { getModel } from '../../db/queries/models';
import { findPatientByReference } from '../../db/queries/patients';
import { getRun, type ScreeningRun } from '../../db/queries/runs';
import { currentActivation } from '../../db/queries/activations';
import { adviceSite } from '../encounter/site-facts';
import type { ReadableDatabase } from '../../db/sql';
import { cardSchema } from '../../shared/domain/card';
import { type OperatingPoint, operatingPointOf, patientRow } from '../../shared/clinical/outcome';
import { type Actor, ROLES } from '../../shared/domain/codes';
import type { ImageRow, PatientRow, RunFacts } from '../../shared/domain/screening';
import { AppError } from '../../shared/errors';
import { requireRole } from '../actor';
import type { Profile } from '../../db/profile/profile';
import { isNamed, patientReference } from './patient-reference';
import type { RunResults } from './results';
import { evidenceOfRows, readRunRows, type RunPatient, type RunRow } from './run-rows';
import { sickestFirst } from './sickest-first';

/**
 * Everything a run has found so far, from the database: the same for summary, CSV, JSON and report, and for a run that was interrupted. What this person is to
 * read blind is left out.
 *
 * @throws AppError `not-found`
 */
export async function runResults(actor: Actor, profile: Profile, runId: string): Promise<RunResults> {
  requireRole(actor, ...ROLES);
  const results = await unblindedRunResults(profile, runId);
  const blinded = blindedImages(profile.database, actor.userId);
  if (blinded.size === 0) return results;
  const isHidden = (row: PatientRow): boolean => (results.imagesOf.get(row) ?? []).some(({ imageId }) => blinded.has(imageId ?? ''));
  const patients = results.patients.filter((row) => !isHidden(row));
  const hidden = new Set(results.patients.filter(isHidden).flatMap((row) => results.imagesOf.get(row) ?? []));
  return {
    ...results,
    images: results.images.filter((image) => !hidden.has(image) && !blinded.has(image.imageId ?? '')),
    patients,
    imagesOf: new Map(patients.map((row) => [row, results.imagesOf.get(row) ?? []])),
  };
}

/**
 * The same with nothing hidden, for the window's lists, which are kept for whoever asks and hide for each. Reads in pages, so that the main thread keeps
 * answering.
 *
 * @throws AppError `not-found`
 */
export async function unblindedRunResults(profile: Profile, runId: string): Promise<RunResults> {
  const db = profile.database;
  const run = getRun(db, runId);
  const model = run === undefined ? undefined : getModel(db, run.modelId);
  if (run === undefined || model === undefined) throw new AppError('not-found', { id: runId });
  const card = cardSchema.parse(model.card);
  const point = operatingPointOf(card);
  if (point === null) throw new AppError('bundle-foreign', { detail: 'no operating point' });
  const { rows, patients } = await readRunRows(db, run, point);
  const imagesOf = new Map<PatientRow, ImageRow[]>();
  for (const [index, patient] of patients.entries()) {
    const images = patient.rows.map(({ image }) => image);
    imagesOf.set(concludedRow(db, profile.site.id, run, point, patient), images);
    if (index % 100 === 99) await setImmediate();
  }
  const { siteMode, validatedHere } = adviceSite(db);
  const facts: RunFacts = {
    runId,
    startedAt: run.startedAt,
    finishedAt: run.finishedAt,
    counts: countsOf(rows, run),
    backend: run.backend,
    modelId: run.modelId,
    modelName: model.name,
    preprocessing: run.preprocessing,
    gate: run.gate,
    siteMode,
    // Of the model in use, and this run may have been another's.
    validatedHere: validatedHere && currentActivation(db)?.modelId === run.modelId,
    protected: profile.protected,
  };
  return { facts, images: rows.map(({ image }) => image), patients: sickestFirst(imagesOf.keys()), imagesOf, problems: [] };
}

function concludedRow(db: ReadableDatabase, siteId: string, run: ScreeningRun, point: OperatingPoint, patient: RunPatient): PatientRow {
  const reference = isNamed(patient) ? patientReference(siteId, run.id, run.listSha256, patient) : null;
  const patientId = reference === null ? null : (findPatientByReference(db, reference)?.id ?? null);
  return patientRow({ patient: patient.display, patientId, identified: patient.patientKey !== null }, evidenceOfRows(patient.rows), point);
}

function countsOf(rows: readonly RunRow[], run: ScreeningRun): RunFacts['counts'] {
  const failed = rows.filter(({ image }) => image.error !== null).length;
  const reused = rows.filter(({ reused }) => reused).length;
  return { found: rows.length, done: rows.length, reused, failed, otherFiles: run.otherFiles ?? 0 };
}
