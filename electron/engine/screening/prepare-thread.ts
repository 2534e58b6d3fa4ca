import { parentPort } from 'node:worker_threads';
import sharp from 'sharp';
import type { AppErrorData } from '../../shared/errors';
import { toAppError } from '../../shared/errors';
import { prepareImage, type PreparedImage } from './prepare';

export interface PrepareRequest {
  id: number;
  bytes: Uint8Array<ArrayBuffer>;
  sizePx: number;
}
export type PrepareAnswer = { id: number; prepared: PreparedImage } | { id: number; error: AppErrorData; stack: string };

/** The other half of `PrepareThread`: decodes on its own thread, since all three backends block theirs while they infer. */
export function servePreparation(): void {
  if (parentPort === null) throw new Error('not a worker thread');
  const port = parentPort;
  // Two cores: one infers, one decodes; threads inside the decoder would only get in each other's way.
  sharp.concurrency(1);
  port.on('message', ({ id, bytes, sizePx }: PrepareRequest) => {
    prepareImage(bytes, sizePx)
      .then((prepared) => {
        const { buffer } = prepared.input ?? {};
        port.postMessage({ id, prepared } satisfies PrepareAnswer, buffer instanceof ArrayBuffer ? [buffer] : []);
      })
      .catch((thrown: unknown) => {
        const stack = thrown instanceof Error ? (thrown.stack ?? '') : String(thrown);
        port.postMessage({ id, error: toAppError(thrown).toData(), stack } satisfies PrepareAnswer);
      });
  });
}
