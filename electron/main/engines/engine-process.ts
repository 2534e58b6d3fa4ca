import { availableParallelism } from 'node:os';
import { utilityProcess } from 'electron';
import { ENGINE_ENVIRONMENT, type EngineExit, type EngineTransport, type SpawnEngine } from '../../engine/client/transport';
import type { FromEngine } from '../../engine/protocol';
import type { Log } from '../log';

/** Characters of its error output that are kept in memory. */
const LAST_WORDS = 2000;

/**
 * The engine as an Electron utility process: what blocks or kills it leaves the window alone.
 * @param entry the built `engine.js`
 */
export function utilityEngine(entry: string, log: Log): SpawnEngine {
  return () => {
    const child = utilityProcess.fork(entry, [], {
      serviceName: 'netra-engine',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...ENGINE_ENVIRONMENT, UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())) },
      // libtensorflow and onnxruntime are not signed by us; without this macOS refuses to load them.
      allowLoadingUnsignedLibraries: process.platform === 'darwin',
    });
    // Native libraries write there what they like: it is not for the log, which names nobody.
    let lastWords = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      lastWords = (lastWords + chunk.toString('utf8')).slice(-LAST_WORDS);
    });
    const exitListeners: ((exit: EngineExit) => void)[] = [];
    let exited = false;
    child.once('spawn', () => {
      log.event('engine.spawned', { pid: child.pid ?? null });
    });
    child.once('exit', (code) => {
      exited = true;
      log.event('engine.exited', { exitCode: code, lastWords: lastWords.length });
      for (const listener of exitListeners) listener({ code, signal: null, lastWords });
    });
    const transport: EngineTransport = {
      get pid() {
        return child.pid;
      },
      send(message) {
        if (!exited) child.postMessage(message);
      },
      onMessage(listener) {
        child.on('message', (message: unknown) => {
          listener(message as FromEngine);
        });
      },
      onExit(listener) {
        exitListeners.push(listener);
      },
      kill() {
        child.kill();
      },
    };
    return transport;
  };
}
