import { isMainThread } from 'node:worker_threads';

/** One file for every thread of the training process: the main thread trains, the others decode and augment. */
if (isMainThread) {
  const { serveTraining } = await import('./serve');
  serveTraining(new URL(import.meta.url));
} else {
  await import('./worker');
}
