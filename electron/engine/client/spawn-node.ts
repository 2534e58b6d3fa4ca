import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { FromEngine } from '../protocol';
import { ENGINE_ENVIRONMENT, type EngineExit, type EngineTransport, type SpawnEngine } from './transport';

export interface NodeEngineOptions {
  /** The built entry, `out/main/engine.js`. */
  entry: string;
  /** Extra environment, above the process's own. */
  environment?: Record<string, string>;
}

const LAST_WORDS_LENGTH = 4000;

/** The engine as a plain child process of Node: the command line's and the tests' way. */
export function nodeEngine(options: NodeEngineOptions): SpawnEngine {
  return () => {
    const child = fork(options.entry, [], {
      // Typed arrays cross as they are; the default, JSON, would turn a photograph into text.
      serialization: 'advanced',
      // TensorFlow greets on its error output whatever its log level is: kept for the case that the process dies.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: {
        ...process.env,
        ...ENGINE_ENVIRONMENT,
        UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())),
        ...options.environment,
      },
    });
    let exited = false;
    let lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      lastWords = (lastWords + text).slice(-LAST_WORDS_LENGTH);
    });
    const exitListeners: ((exit: EngineExit) => void)[] = [];
    function exit(code: number | null, signal: string | null): void {
      if (exited) return;
      exited = true;
      for (const listener of exitListeners) listener({ code, signal, lastWords });
    }
    // `close` comes after the last of the error output.
    child.once('close', exit);
    child.on('error', () => {
      if (child.exitCode === null && child.signalCode === null && child.pid === undefined) exit(null, null);
    });
    const transport: EngineTransport = {
      get pid() {
        return child.pid;
      },
      send(message) {
        // A channel that has just closed reports through `exit`; its own error would come twice.
        if (child.connected) child.send(message, () => undefined);
      },
      onMessage(listener) {
        child.on('message', (message) => listener(message as FromEngine));
      },
      onExit(listener) {
        exitListeners.push(listener);
      },
      kill() {
        child.kill('SIGKILL');
      },
    };
    return transport;
  };
}
