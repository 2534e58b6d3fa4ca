import { AppError, toAppError } from '../../shared/errors';
import type { FromTraining, ToTraining } from '../client/training-protocol';
import { runTraining } from './run-training';
import { WorkerCrew } from './worker-crew';

interface Waiting<T> {
  resolve(value: T): void;
  reject(error: AppError): void;
}

interface Port {
  send(message: FromTraining): void;
  onMessage(listener: (message: ToTraining) => void): void;
}

/** One training, then the process ends. @param entry this file, for the pixel threads */
export function serveTraining(entry: URL): void {
  // Ctrl-C reaches every process of the terminal; whoever started us ends us.
  process.on('SIGINT', () => undefined);
  const port = openPort();
  const images = new Map<string, Waiting<Uint8Array>[]>();
  let storing: Waiting<void> | null = null;

  port.onMessage((message) => {
    switch (message.kind) {
      case 'start':
        void start(message.input);
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
    }
  });
  port.send({ kind: 'ready' });

  function take(sha256: string): Waiting<Uint8Array>[] {
    const waiting = images.get(sha256) ?? [];
    images.delete(sha256);
    return waiting;
  }

  async function start(input: Extract<ToTraining, { kind: 'start' }>['input']): Promise<void> {
    const crew = new WorkerCrew(entry, input.pixelThreads);
    try {
      const result = await runTraining(input, crew, {
        read: (sha256) =>
          new Promise<Uint8Array>((resolve, reject) => {
            const waiting = images.get(sha256);
            if (waiting) waiting.push({ resolve, reject });
            else {
              images.set(sha256, [{ resolve, reject }]);
              port.send({ kind: 'want-image', sha256 });
            }
          }),
        onDevice: (device) => port.send({ kind: 'device', device }),
        onStep: (facts) => port.send({ kind: 'step', facts }),
        onEpoch: (facts, checkpoint) =>
          new Promise<void>((resolve, reject) => {
            storing = { resolve, reject };
            port.send({ kind: 'epoch', facts, checkpoint });
          }),
      });
      port.send({ kind: 'finished', result });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'internal') process.stderr.write(`${String(error.cause instanceof Error ? error.cause.stack : error.cause)}\n`);
      port.send({ kind: 'failed', error: error.toData() });
    } finally {
      await crew.close();
    }
  }
}

function openPort(): Port {
  const { parentPort } = process as unknown as {
    parentPort?: { postMessage(message: unknown): void; on(event: 'message', listener: (event: { data: unknown }) => void): void };
  };
  if (parentPort) {
    return {
      send: (message) => parentPort.postMessage(message),
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data as ToTraining)),
    };
  }
  // Whoever started us is gone: the last checkpoint is on disk, the rest is not worth finishing for nobody.
  process.on('disconnect', () => process.exit(0));
  return {
    send(message) {
      if (process.connected) process.send?.(message, undefined, {}, () => undefined);
    },
    onMessage: (listener) => process.on('message', (message) => listener(message as ToTraining)),
  };
}
