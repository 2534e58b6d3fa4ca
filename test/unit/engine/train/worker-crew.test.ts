import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { WorkerCrew } from '../../../../electron/engine/train/worker-crew';
import type { WorkerJob } from '../../../../electron/engine/train/worker-messages';
import { toAppError } from '../../../../electron/shared/errors';
import { rejectionOf } from '../../../helpers/errors';
import { temporaryFolder } from '../../../helpers/temporary';

const JOB = {} as WorkerJob;

async function crewOf(source: string): Promise<WorkerCrew> {
  const file = join(temporaryFolder(), 'worker.mjs');
  await writeFile(file, source);
  const crew = new WorkerCrew(pathToFileURL(file), 1);
  onTestFinished(() => crew.close());
  return crew;
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return toAppError(await rejectionOf(work)).code;
}

test('a thread that dies fails the job that it had, and every later one instead of leaving it unanswered', async () => {
  const crew = await crewOf("import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));");
  expect(await codeOf(crew.run(JOB))).toBe('engine-crashed');
  expect(await codeOf(crew.run(JOB))).toBe('engine-crashed');
});

test('a thread whose program does not load fails the first job, however late it comes', async () => {
  const crew = await crewOf("import './gone.mjs';");
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await codeOf(crew.run(JOB))).toBe('internal');
});
