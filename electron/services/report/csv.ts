import { stringify } from 'csv-stringify/sync';

import type { PatientResult } from '../../shared/domain/codes';
import type { GradeProbabilities, ImageRow, PatientRow } from '../../shared/domain/screening';
import { writeFileAtomically } from './atomic-file';
import { withPauses } from '../pause';

/** The columns of a run's CSV; other programs read them, so they never change within a major version. */
export const IMAGE_COLUMNS = [
  'file',
  'patient',
  'eye',
  'gradable',
  'quality',
  'reasons',
  'p1',
  'p2',
  'p3',
  'p4',
  'grade',
  'result',
  'model',
  'backend',
  'ms',
  'error',
] as const;

const PATIENT_COLUMNS = ['patient', 'identified', 'result', 'urgent', 'right', 'left', 'p2', 'images'] as const;

/** Joins several codes in one cell. */
const LIST_SEPARATOR = ';';

type Cell = string | number | null;

/** One record per RFC 4180, line end included. */
function record(cells: readonly Cell[]): string {
  return stringify([[...cells]], { record_delimiter: 'windows' });
}

/**
 * The grade the probabilities point at: how many of P(grade >= 1..4) reach one half (the median of the distribution).
 * It is the network's own figure for comparison with labels; a grade in words comes from a doctor only.
 */
export function medianGrade(p: GradeProbabilities): number {
  return p.filter((value) => value >= 0.5).length;
}

export function imageCells(row: ImageRow): Cell[] {
  return [
    row.file,
    row.patient,
    row.eye,
    row.gradable === null ? null : row.gradable ? 'yes' : 'no',
    row.quality === null ? null : row.quality.toFixed(4),
    row.reasons.join(LIST_SEPARATOR),
    ...[0, 1, 2, 3].map((at) => row.p?.[at]?.toFixed(6) ?? null),
    row.p === null ? null : medianGrade(row.p),
    row.result,
    row.modelId,
    row.backend,
    row.ms === null ? null : row.ms.toFixed(1),
    row.error?.code ?? null,
  ];
}

export async function writeImagesCsv(path: string, rows: Iterable<ImageRow>): Promise<void> {
  await writeFileAtomically(path, async (write) => {
    await write(record(IMAGE_COLUMNS));
    for await (const row of withPauses(rows)) await write(record(imageCells(row)));
  });
}

function eyeResult(row: PatientRow, eye: 'right' | 'left'): PatientResult | null {
  return row.eyes.find((candidate) => candidate.eye === eye)?.result ?? null;
}

function patientCells(row: PatientRow): Cell[] {
  const scores = row.eyes.flatMap((eye) => (eye.p2 === null ? [] : [eye.p2]));
  const images = row.eyes.reduce((sum, eye) => sum + eye.imageIds.length, row.unplacedImageIds.length);
  return [
    row.patient,
    row.identified ? 'yes' : 'no',
    row.result,
    row.urgent ? 'yes' : 'no',
    eyeResult(row, 'right'),
    eyeResult(row, 'left'),
    scores.length === 0 ? null : Math.max(...scores).toFixed(6),
    images,
  ];
}

export async function writePatientsCsv(path: string, rows: Iterable<PatientRow>): Promise<void> {
  await writeFileAtomically(path, async (write) => {
    await write(record(PATIENT_COLUMNS));
    for await (const row of withPauses(rows)) await write(record(patientCells(row)));
  });
}
