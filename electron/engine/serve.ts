import { toAppError } from '../shared/errors';
import { createHandlers, type EngineHandlers, type HandlerContext } from './handlers';
import { openPort } from './port';
import type { EngineRequestName, EngineRequests, FromEngine, ToEngine } from './protocol';
import { PrepareThread } from './screening/prepare-client';

/** Answers requests until the process ends. */
export function serveEngine(entry: URL): void {
  // Ctrl-C reaches every process of the terminal; whoever started us ends us when it is done.
  process.on('SIGINT', () => undefined);
  const port = openPort<ToEngine, FromEngine>();
  const handlers = createHandlers(new PrepareThread(entry));
  const running = new Map<number, AbortController>();

  async function answer(message: Extract<ToEngine, { kind: 'request' }>): Promise<void> {
    const { id } = message;
    const controller = new AbortController();
    running.set(id, controller);
    const context: HandlerContext = {
      signal: controller.signal,
      progress: (done, total) => port.send({ kind: 'progress', id, done, total }),
    };
    try {
      port.send({ kind: 'result', id, output: await handle(handlers, message.name, message.input, context) });
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code === 'internal') process.stderr.write(`${String(error.cause instanceof Error ? error.cause.stack : error.cause)}\n`);
      port.send({ kind: 'error', id, error: error.toData() });
    } finally {
      running.delete(id);
    }
  }

  port.onMessage((message) => {
    if (message.kind === 'cancel') running.get(message.id)?.abort();
    else void answer(message);
  });
  port.send({ kind: 'ready' });
}

function handle<K extends EngineRequestName>(
  handlers: EngineHandlers,
  name: K,
  input: EngineRequests[EngineRequestName]['input'],
  context: HandlerContext,
): Promise<EngineRequests[K]['output']> {
  return handlers[name](input, context);
}
