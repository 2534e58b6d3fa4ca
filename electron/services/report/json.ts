import { RUN_DOCUMENT_FORMAT, type RunDocument } from '../../shared/domain/run-document';
import type { PatientRow } from '../../shared/domain/screening';
import type { RunResults } from '../screening/results';
import { type WriteText, writeFileAtomically } from './atomic-file';
import { withPauses } from '../pause';

/** Writes images, eyes, patients and the run's facts as one JSON document, row by row. */
export async function writeRunJson(path: string, results: RunResults): Promise<void> {
  const run: RunDocument['run'] = { ...results.facts, folderProblems: results.problems };
  await writeFileAtomically(path, async (write) => {
    await write(`{"format":${JSON.stringify(RUN_DOCUMENT_FORMAT)},"imageResultIsNotAPatientsDecision":true,`);
    await write(`"run":${JSON.stringify(run)},\n"images":`);
    await writeArray(write, results.images);
    await write(',\n"eyes":');
    await writeArray(write, results.patients.flatMap(eyesOf));
    await write(',\n"patients":');
    await writeArray(write, results.patients.map(patientOf));
    await write('}\n');
  });
}

function eyesOf(row: PatientRow): RunDocument['eyes'] {
  return row.eyes.map((eye) => ({ patient: row.patient, ...eye }));
}

function patientOf(row: PatientRow): RunDocument['patients'][number] {
  const { patient, patientId, identified, result, urgent, reasons, unplacedImageIds } = row;
  return { patient, patientId, identified, result, urgent, reasons, unplacedImageIds };
}

async function writeArray(write: WriteText, rows: Iterable<unknown>): Promise<void> {
  let separator = '[\n';
  for await (const row of withPauses(rows)) {
    await write(separator + JSON.stringify(row));
    separator = ',\n';
  }
  await write(separator === '[\n' ? '[]' : '\n]');
}
