import { AppError, toAppError } from '../../shared/errors';
import type { FromTraining, ToTraining } from '../client/training-protocol';
import { openPort } from '../port';
import { runTraining } from './run-training';
import { WorkerCrew } from './worker-crew';

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: AppError): void;
}

/** One training, then the process ends. @param entry this file, for the pixel threads */
export function serveTraining(entry: URL): void {
  // Ctrl-C reaches every process of the terminal; whoever started us ends us.
  process.on('SIGINT', () => undefined);
  const port = openPort<ToTraining, FromTraining>();
  const images = new Map<string, Waiting<Uint8Array>[]>();
  const kept = new Map<string, ((bytes: Uint8Array | null) => void)[]>();
  /** While paused, what lets the training go on. */
  let goOn: (() => void) | null = null;
  let pauseWanted = false;
  let storing: Waiting<void> | null = null;

  port.onMessage((message) => {
    switch (message.kind) {
      case 'start':
        void start(message.input);
        return;
      case 'cut':
        void cut(message);
        return;
      case 'image':
        for (const waiting of take(message.sha256)) waiting.resolve(message.bytes);
        return;
      case 'image-failed':
        for (const waiting of take(message.sha256)) waiting.reject(new AppError(message.error.code, message.error.params));
        return;
      case 'stored':
        storing?.resolve();
        return;
      case 'store-failed':
        storing?.reject(new AppError(message.error.code, message.error.params));
        return;
      case 'pause':
        pauseWanted = true;
        return;
      case 'go-on':
        pauseWanted = false;
        goOn?.();
        return;
      case 'kept':
        for (const resolve of kept.get(message.key) ?? []) resolve(message.bytes);
        kept.delete(message.key);
    }
  });
  port.send({ kind: 'ready' });

  function take(sha256: string): Waiting<Uint8Array>[] {
    const waiting = images.get(sha256) ?? [];
    images.delete(sha256);
    return waiting;
  }

  function read(sha256: string): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const waiting = images.get(sha256);
      if (waiting) waiting.push({ resolve, reject });
      else {
        images.set(sha256, [{ resolve, reject }]);
        port.send({ kind: 'want-image', sha256 });
      }
    });
  }

  async function cut({ sha256, sizePx, pixelThreads }: Extract<ToTraining, { kind: 'cut' }>): Promise<void> {
    const crew = new WorkerCrew(entry, pixelThreads);
    const left = [...sha256];
    async function work(): Promise<void> {
      for (let hash = left.shift(); hash !== undefined; hash = left.shift()) {
        const pixels = await read(hash)
          .then((bytes) => crew.run({ kind: 'score', bytes, sizePx }))
          .catch(() => null);
        port.send({ kind: 'square', sha256: hash, pixels });
      }
    }
    await Promise.all(Array.from({ length: pixelThreads + 1 }, work));
    await crew.close();
    port.send({ kind: 'cut' });
  }

  function wantKept(key: string): Promise<Uint8Array | null> {
    return new Promise((resolve) => {
      const waiting = kept.get(key);
      if (waiting) waiting.push(resolve);
      else {
        kept.set(key, [resolve]);
        port.send({ kind: 'want-kept', key });
      }
    });
  }

  /** Before every step. A step blocks the thread: messages are read between steps, so the event loop gets its turn here. */
  async function mayGoOn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (!pauseWanted) return;
    port.send({ kind: 'paused' });
    await new Promise<void>((resolve) => (goOn = resolve));
    goOn = null;
  }

  async function start(input: Extract<ToTraining, { kind: 'start' }>['input']): Promise<void> {
    const crew = new WorkerCrew(entry, input.pixelThreads);
    try {
      const result = await runTraining(input, crew, {
        read,
        keeper: {
          get: (key) => (input.keeps ? wantKept(key) : Promise.resolve(null)),
          put: (key, bytes) => {
            if (input.keeps) port.send({ kind: 'keep', key, bytes });
          },
        },
        mayGoOn,
        onDevice: (device) => port.send({ kind: 'device', device }),
        onPrepared: (done, total) => port.send({ kind: 'prepared', done, total }),
        onStep: (facts) => port.send({ kind: 'step', facts }),
        onEpoch: (facts, checkpoint, weights) =>
          new Promise<void>((resolve, reject) => {
            storing = { resolve, reject };
            port.send({ kind: 'epoch', facts, checkpoint, weights });
          }),
      });
      port.send({ kind: 'finished', result });
    } catch (thrown) {
      const error = namedFailure(toAppError(thrown));
      if (error.code === 'internal') process.stderr.write(`${String(error.cause instanceof Error ? error.cause.stack : error.cause)}\n`);
      port.send({ kind: 'failed', error: error.toData() });
    } finally {
      await crew.close();
    }
  }
}

/** What libtensorflow says when memory or the GPU fails it, as our codes. */
function namedFailure(error: AppError): AppError {
  const text = error.cause instanceof Error ? error.cause.message : '';
  if (/\bOOM\b|resource exhausted|ResourceExhausted|failed to allocate|bad_alloc|out of memory|Array buffer allocation failed/i.test(text))
    return new AppError('memory-short', {}, error.cause);
  if (/CUDA_ERROR|cuDNN|cuBLAS|CUBLAS|GPU sync failed|device lost/i.test(text)) return new AppError('gpu-lost', {}, error.cause);
  return error;
}
