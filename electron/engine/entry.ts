import './client/sharp-in-electron';
import { isMainThread } from 'node:worker_threads';

/** One file for every thread of every engine process: the main thread serves requests, worker threads prepare photographs. */
if (isMainThread) {
  const { serveEngine } = await import('./serve');
  serveEngine(new URL(import.meta.url));
} else {
  const { servePreparation } = await import('./screening/prepare-thread');
  servePreparation();
}
