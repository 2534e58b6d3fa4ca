import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import { toAppError } from '../../shared/errors';
import { answerJob } from './answer-job';
import type { FromWorker, ToWorker } from './worker-messages';

// The step beside it wants the cores: one thread of pixels a worker.
sharp.concurrency(1);

parentPort?.on('message', ({ id, job }: ToWorker) => {
  void answerJob(job).then(
    (answer) => {
      const reply: FromWorker = { id, answer };
      parentPort?.postMessage(reply, answer instanceof Uint8Array || answer instanceof Float32Array ? [answer.buffer as ArrayBuffer] : []);
    },
    (thrown: unknown) => {
      const reply: FromWorker = { id, error: toAppError(thrown).toData() };
      parentPort?.postMessage(reply);
    },
  );
});
