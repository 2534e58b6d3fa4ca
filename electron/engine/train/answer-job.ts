import type { WorkerAnswers, WorkerJob } from './worker-messages';
import { squareForScoring, squareForTraining, viewOf } from './views';

/** What a training worker does, callable without a thread. @throws as `decodeImage` */
export async function answerJob(job: WorkerJob): Promise<WorkerAnswers[WorkerJob['kind']]> {
  switch (job.kind) {
    case 'prepare': {
      const square = await squareForTraining(job.bytes, job.viewPx);
      const pixels = new SharedArrayBuffer(square.pixels.length);
      new Uint8Array(pixels).set(square.pixels);
      return { sizePx: square.sizePx, pixels };
    }
    case 'score':
      return squareForScoring(job.bytes, job.sizePx);
    case 'batch': {
      const values = job.sizePx * job.sizePx * 3;
      const batch = new Float32Array(job.views.length * values);
      for (const [index, { square, seed }] of job.views.entries()) {
        batch.set(
          await viewOf({ sizePx: square.sizePx, pixels: new Uint8Array(square.pixels) }, job.sizePx, seed, job.settings),
          index * values,
        );
      }
      return batch;
    }
  }
}
